import assert from "node:assert/strict";
import { join } from "node:path";
import { createRandom } from "../../../core/random.ts";
import { mergeDatasets, openDataset } from "../../../store/mod.ts";
import { ChunkCache } from "../../../store/zarr/chunk_cache.ts";
import { flipBit, withDirectory, writeChain } from "../_episodes.ts";

const SPLIT = { train: 0.5, validation: 0.25, test: 0.25 };

/** A dataset of 64 episodes, so that it has several chunks. */
async function writeDataset(directory: string): Promise<string> {
  const { generate, filter } = await writeChain(directory, { shards: 12 });
  const input = { name: "g", directory: generate, verdicts: filter, lastShard: 11, limit: 64 };
  const merged = join(directory, "merge");
  await mergeDatasets(merged, [input], { seed: 1, stream: "merge", split: SPLIT });
  return merged;
}

Deno.test("Dataset.readSteps() gives any range as the whole has it", () =>
  withDirectory(async (directory) => {
    const dataset = await openDataset(await writeDataset(directory));
    const random = createRandom(1, "ranges", 0);
    for (const field of ["action", "reward", "contacts", "observation/image"]) {
      const { data, shape } = await dataset.readSteps(field, 0, dataset.steps);
      const size = shape.reduce((product, length) => product * length, 1);
      assert.equal(data.length, size * dataset.steps);
      for (let trial = 0; trial < 30; trial++) {
        const start = random.integer(dataset.steps),
          end = start + random.integer(dataset.steps - start);
        const part = await dataset.readSteps(field, start, end);
        assert.deepEqual(part.data, data.slice(start * size, end * size));
      }
    }
    await assert.rejects(dataset.readSteps("action", 0, dataset.steps + 1), { name: "RangeError" });
  }));

Deno.test("Dataset names array and chunk when any byte of a chunk is flipped", () =>
  withDirectory(async (directory) => {
    const merged = await writeDataset(directory);
    const files = [...(await openDataset(merged)).commit.files.keys()];
    const chunks = files.filter((path) => /^data\/.*\/c\.\d/.test(path));
    assert(chunks.some((path) => path.includes("/c.1")), "expected several chunks");
    for (const [i, path] of chunks.entries()) {
      const whole = await Deno.readFile(join(merged, path));
      await flipBit(join(merged, path), (i + 0.5) / chunks.length);
      const dataset = await openDataset(merged);
      const [, field, chunk] = /^data\/(.*)\/c\.(\d+)/.exec(path)!;
      await assert.rejects(dataset.readSteps(field!, 0, dataset.steps), (error: Error) => {
        assert.equal(error.name, "DamagedStoreError");
        assert(error.message.startsWith(`Cannot read array "data/${field}", chunk ${chunk}, of`));
        return true;
      });
      await Deno.writeFile(join(merged, path), whole);
    }
  }));

Deno.test("openDataset() says what the environment, the spaces and the sources are", () =>
  withDirectory(async (directory) => {
    const { attributes, schema, sources } = await openDataset(await writeDataset(directory));
    assert.equal(attributes["environment"], "reach");
    assert.equal(attributes["control_frequency_hz"], 20);
    assert.equal(attributes["schema_version"], 1);
    assert.deepEqual(sources, ["g"]);
    assert.deepEqual(attributes["observations"], {
      image: { dtype: "uint8", shape: [8, 8, 3], description: "Column observation/image" },
      joint_pos: {
        dtype: "float32",
        shape: [7],
        description: "Column observation/joint_pos",
        unit: "rad",
        low: [-3],
        high: [3],
      },
    });
    assert.deepEqual(schema.episode.slice(-3).map(({ name }) => name), [
      "length",
      "split",
      "source",
    ]);
  }));

Deno.test("ChunkCache.get() decodes again only what was dropped", async () => {
  const cache = new ChunkCache(2 * 8);
  const decoded: string[] = [];
  const get = (name: string) =>
    cache.get(name, () => {
      decoded.push(name);
      return Promise.resolve(new Float64Array(1));
    });
  for (const name of ["a", "b", "a", "c", "a", "b"]) await get(name);
  assert.deepEqual(decoded, ["a", "b", "c", "b"]);
  await assert.rejects(cache.get("d", () => Promise.reject(new Error("damaged"))));
  await get("d");
  assert.equal(decoded.at(-1), "d");
});
