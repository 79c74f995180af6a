import assert from "node:assert/strict";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { EpisodeSchema } from "../../core/episode.ts";
import { getEnvironment } from "../../sim/mod.ts";
import { exportDataset, type Exporter, listExporters, sidecarOf } from "../../store/foreign.ts";
import { mergeDatasets } from "../../store/mod.ts";
import { flipBit, SCHEMA, withDirectory, writeChain } from "../store/_episodes.ts";

/** What every registered exporter does, whatever its format. */

/** Schemas for formats that do not accept every dataset. */
const SCHEMAS: Readonly<Record<string, EpisodeSchema>> = {
  npz: getEnvironment("push-t").schema({ policy: "dmp" }),
  "hdf5-quadruped": getEnvironment("quadruped").schema({ policy: "scripted" }),
};

async function writeDataset(directory: string, format = ""): Promise<string> {
  const schema = SCHEMAS[format] ?? SCHEMA;
  const { generate } = await writeChain(directory, { shards: 2, size: 36, schema });
  const input = { name: "g", directory: generate, verdicts: null, lastShard: 1, limit: 70 };
  const split = { train: 1, validation: 0, test: 0 };
  await mergeDatasets(join(directory, "merge"), [input], { seed: 1, stream: "merge", split });
  await Deno.mkdir(join(directory, "out"));
  return join(directory, "merge");
}

function listNames(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** Bytes of a file, or of all files of a directory. */
function sizeOf(path: string): number {
  const { isDirectory, size } = Deno.statSync(path);
  if (!isDirectory) return size;
  return listNames(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** What an export to a path leaves in its directory. */
function namesOf(path: string, exporter: Exporter): string[] {
  const paths = exporter.sidecar === undefined ? [path] : [path, sidecarOf(path, exporter)];
  return paths.map((path) => basename(path)).sort();
}

for (const exporter of listExporters()) {
  const { name, description, extension } = exporter;

  Deno.test(`exportDataset() to ${name} writes all, says how far it is, and may be repeated`, () =>
    withDirectory(async (directory) => {
      const dataset = await writeDataset(directory, name);
      const file = join(directory, "out", `reach${extension ?? ""}`);
      const episodes: number[] = [];
      for (let round = 0; round < 2; round++) {
        const bytes = await exportDataset(dataset, file, name, {
          onProgress: (progress) => episodes.push(progress.episodes),
        });
        assert.equal(bytes, sizeOf(file));
      }
      assert.deepEqual(listNames(join(directory, "out")), namesOf(file, exporter));
      assert.equal(episodes.at(-1), 70);
      assert(description.length > 0);
    }));

  Deno.test(`exportDataset() to ${name} leaves nothing behind when it is stopped`, () =>
    withDirectory(async (directory) => {
      const dataset = await writeDataset(directory, name);
      const controller = new AbortController();
      const stopped = exportDataset(dataset, join(directory, "out", "reach"), name, {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await assert.rejects(stopped, { name: "AbortError" });
      assert.deepEqual(listNames(join(directory, "out")), []);
    }));

  Deno.test(`exportDataset() to ${name} leaves nothing behind when a chunk is damaged`, () =>
    withDirectory(async (directory) => {
      const dataset = await writeDataset(directory, name);
      await flipBit(join(dataset, "data/action/c.1.0"), 0.5);
      const damaged = exportDataset(dataset, join(directory, "out", "reach"), name);
      await assert.rejects(damaged, { name: "DamagedStoreError" });
      assert.deepEqual(listNames(join(directory, "out")), []);
    }));
}

Deno.test("exportDataset() refuses an unknown format and a place that is none", () =>
  withDirectory(async (directory) => {
    const dataset = await writeDataset(directory);
    await assert.rejects(exportDataset(dataset, join(directory, "x"), "hdf6"), {
      name: "InvalidInputError",
      message: /did you mean "hdf5"\?$/,
    });
    for (const place of ["none/x.h5", "out"]) {
      await assert.rejects(exportDataset(dataset, join(directory, place), "hdf5"), {
        name: "InvalidInputError",
      });
    }
    assert.deepEqual(listNames(join(directory, "out")), []);
  }));

Deno.test("exportDataset() to a directory takes an empty one and overwrites nothing", () =>
  withDirectory(async (directory) => {
    const dataset = await writeDataset(directory, "npz"), out = join(directory, "out");
    await exportDataset(dataset, out, "npz", { episodes: [0, 1] });
    const before = Deno.statSync(join(out, "index.jsonl")).mtime;
    await exportDataset(dataset, out, "npz", { episodes: [0, 1] });
    assert.deepEqual(Deno.statSync(join(out, "index.jsonl")).mtime, before);
    const occupied = { name: "InvalidInputError", message: /found something else: remove it/ };
    await assert.rejects(exportDataset(dataset, out, "npz", { episodes: [0, 2] }), occupied);
    await assert.rejects(exportDataset(dataset, out, "npz"), occupied);
    Deno.writeTextFileSync(join(directory, "file"), "");
    await assert.rejects(exportDataset(dataset, join(directory, "file"), "npz"), occupied);
    assert.deepEqual(Deno.readTextFileSync(join(out, "index.jsonl")).split("\n").length, 3);
    assert.deepEqual(listNames(directory), ["file", "filter", "generate", "merge", "out"]);
  }));

Deno.test("exportDataset() to a directory removes what a dead writer left, and no living one's", () =>
  withDirectory(async (directory) => {
    const dataset = await writeDataset(directory, "npz"), out = join(directory, "out/samples");
    // Equal pids and hosts: of one that died two hours ago, and of one in another container.
    const old = new Date(Date.now() - 2 * 3600_000), names = ["dead", "living"];
    const strays = names.map((name) => `.samples.9999999-${hostname()}.${name}.tmp`);
    for (const [index, name] of strays.entries()) {
      const stray = join(directory, "out", name), file = join(stray, "index.jsonl");
      Deno.mkdirSync(stray);
      Deno.writeTextFileSync(file, "{}");
      if (index === 0) { for (const path of [file, stray]) Deno.utimeSync(path, old, old); }
    }
    await exportDataset(dataset, out, "npz");
    assert.deepEqual(listNames(join(directory, "out")), [strays[1], "samples"]);
  }));

Deno.test("exportDataset() to npz refuses episodes that are no movements", () =>
  withDirectory(async (directory) => {
    const dataset = await writeDataset(directory);
    await assert.rejects(exportDataset(dataset, join(directory, "out"), "npz"), {
      name: "InvalidInputError",
      message: /expected movements.*of "reach" without "dmp\/duration"/,
    });
    assert.deepEqual(listNames(join(directory, "out")), []);
  }));
