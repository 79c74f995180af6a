import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Column, type EpisodeTable, rowSize } from "../../core/episode.ts";
import type { EnvironmentDefinition } from "../../sim/mod.ts";

/** SHA-256 of all columns of a table, by name. */
export function digestTable(table: EpisodeTable): string {
  const hash = createHash("sha256");
  hash.update(bytesOf(table.lengths));
  for (const columns of [table.step, table.episode]) {
    for (const name of Object.keys(columns).sort()) {
      hash.update(name);
      hash.update(bytesOf(columns[name]!.data));
    }
  }
  return hash.digest("hex");
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A table of one episode of another. */
export function takeEpisode(table: EpisodeTable, episode: number): EpisodeTable {
  const start = table.lengths.subarray(0, episode).reduce((sum, length) => sum + length, 0);
  const length = table.lengths[episode]!;
  return {
    lengths: Int32Array.of(length),
    step: sliceRows(table.step, start, start + length),
    episode: sliceRows(table.episode, episode, episode + 1),
  };
}

function sliceRows(columns: Readonly<Record<string, Column>>, from: number, to: number) {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { dtype, shape, data }]) => {
      const size = rowSize(shape);
      return [name, { dtype, shape, data: data.slice(from * size, to * size) }];
    }),
  );
}

/** A deep copy, to be spoilt. */
export function copyTable(table: EpisodeTable): EpisodeTable {
  return structuredClone(table);
}

/** Every property that an environment can vary, on. */
export function everyRandomization(environment: EnvironmentDefinition): Record<string, true> {
  return Object.fromEntries(environment.randomization.map(({ name }) => [name, true]));
}

/** The numbers of a float32 column. */
export function float32(column: Column | undefined): Float32Array {
  assert.ok(column?.data instanceof Float32Array);
  return column.data;
}

/** The numbers of a float64 column. */
export function float64(column: Column | undefined): Float64Array {
  assert.ok(column?.data instanceof Float64Array);
  return column.data;
}

/** The zeros and ones of a bool column. */
export function flags(column: Column | undefined): Uint8Array {
  assert.ok(column?.data instanceof Uint8Array);
  return column.data;
}
