import {
  type Column,
  type ColumnData,
  copyData,
  createColumnData,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  rowSize,
} from "../../core/episode.ts";
import type { RowValue } from "../world/world.ts";

/** Collects episodes row by row into the columns of a schema. */
export class EpisodeRecorder {
  readonly #step: ReadonlyMap<string, ColumnBuilder>;
  readonly #episode: ReadonlyMap<string, ColumnBuilder>;
  readonly #lengths: number[] = [];
  #rows = 0;

  constructor(schema: EpisodeSchema) {
    this.#step = buildersOf(schema.step);
    this.#episode = buildersOf(schema.episode);
  }

  /** Appends a step. The parts together name every step field once; what else they name is left out. */
  addStep(...parts: readonly Readonly<Record<string, RowValue>>[]): void {
    appendRow(this.#step, parts);
    this.#rows++;
  }

  /** Ends an episode of the steps added since the last. `values` names every episode field. */
  endEpisode(values: Readonly<Record<string, RowValue>>): void {
    appendRow(this.#episode, [values]);
    this.#lengths.push(this.#rows);
    this.#rows = 0;
  }

  /** Takes back the episode that was ended last. */
  dropEpisode(): void {
    const length = this.#lengths.pop()!; // an episode was ended
    for (const column of this.#step.values()) column.drop(length);
    for (const column of this.#episode.values()) column.drop(1);
  }

  /** Returns the collected episodes. */
  table(): EpisodeTable {
    return {
      lengths: Int32Array.from(this.#lengths),
      step: columnsOf(this.#step),
      episode: columnsOf(this.#episode),
    };
  }
}

function buildersOf(fields: readonly FieldSpec[]): ReadonlyMap<string, ColumnBuilder> {
  return new Map(fields.map((field) => [field.name, new ColumnBuilder(field)]));
}

/** Parts stay apart, for this runs at every step: a spread of them costs more than a simulator's step. */
function appendRow(
  builders: ReadonlyMap<string, ColumnBuilder>,
  parts: readonly Readonly<Record<string, RowValue>>[],
): void {
  let appended = 0;
  for (const part of parts) {
    for (const name in part) {
      const builder = builders.get(name), value = part[name]!;
      if (builder === undefined) continue;
      if (typeof value === "object") builder.append(value);
      else builder.appendScalar(Number(value));
      appended++;
    }
  }
  if (appended === builders.size) return;
  const named = new Set(parts.flatMap((part) => Object.keys(part)));
  const missing = [...builders.keys()].find((name) => !named.has(name));
  throw new TypeError(
    missing === undefined
      ? "Cannot record a row: a field is named twice"
      : `Cannot record a row: "${missing}" is missing`,
  );
}

function columnsOf(builders: ReadonlyMap<string, ColumnBuilder>): Record<string, Column> {
  return Object.fromEntries([...builders].map(([name, builder]) => [name, builder.column()]));
}

/** Numbers that a loop copies faster than a call. */
const FEW = 8;

/** A column that grows by doubling. */
class ColumnBuilder {
  readonly #field: FieldSpec;
  readonly #size: number;
  #data: ColumnData;
  #length = 0;

  constructor(field: FieldSpec) {
    this.#field = field;
    this.#size = rowSize(field.shape);
    this.#data = createColumnData(field.dtype, 64 * this.#size);
  }

  appendScalar(value: number): void {
    if (this.#size !== 1) throw this.#refusal(1);
    if (this.#length === this.#data.length) this.#grow();
    const data = this.#data;
    if (data instanceof BigInt64Array) data[this.#length] = BigInt(value);
    else data[this.#length] = value;
    this.#length++;
  }

  append(row: ArrayLike<number>): void {
    if (row.length !== this.#size) throw this.#refusal(row.length);
    if (this.#length + this.#size > this.#data.length) this.#grow();
    const data = this.#data;
    if (data instanceof BigInt64Array) {
      for (let i = 0; i < this.#size; i++) data[this.#length + i] = BigInt(row[i]!);
    } else if (this.#size <= FEW) {
      for (let i = 0; i < this.#size; i++) data[this.#length + i] = row[i]!;
    } else {
      data.set(row, this.#length);
    }
    this.#length += this.#size;
  }

  #refusal(found: number): RangeError {
    return new RangeError(
      `Cannot record "${this.#field.name}": expected ${this.#size} numbers, found ${found}`,
    );
  }

  /** Takes back the last rows. */
  drop(rows: number): void {
    this.#length -= rows * this.#size;
  }

  column(): Column {
    const { dtype, shape } = this.#field;
    return { dtype, shape, data: this.#data.slice(0, this.#length) };
  }

  #grow(): void {
    const grown = createColumnData(this.#field.dtype, 2 * this.#data.length);
    copyData(grown, this.#data);
    this.#data = grown;
  }
}
