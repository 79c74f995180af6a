import assert from "node:assert/strict";
import { join } from "node:path";
import { exportDataset, listExporters, mergeDatasets } from "../../store/mod.ts";
import { flipBit, withDirectory, writeChain } from "../store/_episodes.ts";

/** What every registered exporter does, whatever its format. */

async function writeDataset(directory: string): Promise<string> {
  const { generate } = await writeChain(directory, { shards: 9 });
  const input = { name: "g", directory: generate, verdicts: null, lastShard: 8, limit: 70 };
  const split = { train: 1, validation: 0, test: 0 };
  await mergeDatasets(join(directory, "merge"), [input], { seed: 1, stream: "merge", split });
  await Deno.mkdir(join(directory, "out"));
  return join(directory, "merge");
}

function listNames(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name);
}

for (const { name, description, extension } of listExporters()) {
  Deno.test(`exportDataset() to ${name} writes one file, says how far it is, and replaces`, () =>
    withDirectory(async (directory) => {
      const dataset = await writeDataset(directory);
      const file = join(directory, "out", `reach${extension}`);
      const episodes: number[] = [];
      for (let round = 0; round < 2; round++) {
        const bytes = await exportDataset(dataset, file, name, {
          onProgress: (progress) => episodes.push(progress.episodes),
        });
        assert.equal(bytes, (await Deno.stat(file)).size);
      }
      assert.deepEqual(listNames(join(directory, "out")), [`reach${extension}`]);
      assert.equal(episodes.at(-1), 70);
      assert(description.length > 0);
    }));

  Deno.test(`exportDataset() to ${name} leaves nothing behind when it is stopped`, () =>
    withDirectory(async (directory) => {
      const dataset = await writeDataset(directory);
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
      const dataset = await writeDataset(directory);
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
