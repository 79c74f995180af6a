import assert from "node:assert/strict";
import { join } from "node:path";
import { type Batch, DatasetReader, mergeDatasets, openDataset } from "../../../store/mod.ts";
import { withDirectory, writeChain } from "../_episodes.ts";

const FIELDS = ["action", "observation/image", "contacts"];

/** A dataset of 37 episodes of up to 12 steps, most of them for training. */
async function writeDataset(directory: string): Promise<string> {
  const { generate, filter } = await writeChain(directory, { shards: 7 });
  const input = { name: "g", directory: generate, verdicts: filter, lastShard: 6, limit: 37 };
  const split = { train: 0.8, validation: 0.1, test: 0.1 };
  await mergeDatasets(join(directory, "merge"), [input], { seed: 1, stream: "merge", split });
  return join(directory, "merge");
}

async function collect(reader: DatasetReader, epoch = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of reader.epoch(epoch)) batches.push(batch);
  return batches;
}

/** The samples of some batches as text, all fields of one together. */
function samplesIn(batches: readonly Batch[]): string[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch["action"]!.shape[0]! }, (_, sample) =>
      FIELDS.map((field) => {
        const { data, shape } = batch[field]!, size = data.length / shape[0]!;
        return data.slice(sample * size, (sample + 1) * size).join();
      }).join(" "))
  );
}

/** Every window of the training episodes, read one by one. */
async function windowsOf(path: string, window: number): Promise<string[]> {
  const dataset = await openDataset(path);
  const splits = (await dataset.readEpisodes("split")).data;
  const found: string[] = [];
  for (const [episode, end] of dataset.episodeEnds.entries()) {
    if (Number(splits[episode]) !== 0) continue;
    const start = episode === 0 ? 0 : dataset.episodeEnds[episode - 1]!;
    for (let row = start; row + window <= end; row++) {
      const columns = FIELDS.map((field) => dataset.readSteps(field, row, row + window));
      found.push((await Promise.all(columns)).map(({ data }) => data.join()).join(" "));
    }
  }
  return found;
}

Deno.test("DatasetReader gives every window of the training episodes once an epoch", () =>
  withDirectory(async (directory) => {
    const path = await writeDataset(directory);
    for (const window of [1, 4]) {
      const expected = await windowsOf(path, window);
      for (const memory of [1, 60_000, undefined]) {
        const options = { fields: FIELDS, window, batch: 7, ...(memory && { memory }) };
        const reader = await DatasetReader.open(path, options);
        assert.equal(reader.samples, expected.length);
        const batches = await collect(reader);
        assert.equal(batches.length, reader.batches);
        assert.deepEqual(batches[0]!["action"]!.shape, [7, window, 4]);
        assert.deepEqual(batches[0]!["observation/image"]!.shape, [7, window, 8, 8, 3]);
        const samples = samplesIn(batches);
        assert.notDeepEqual(samples, expected, "they are in order");
        assert.deepEqual(samples.toSorted(), expected.toSorted());
        const ordered = await DatasetReader.open(path, { ...options, shuffle: false });
        assert.deepEqual(samplesIn(await collect(ordered)), expected);
      }
    }
  }));

Deno.test("DatasetReader orders samples by seed and epoch, whatever was read before", () =>
  withDirectory(async (directory) => {
    const path = await writeDataset(directory);
    const open = (seed: number) =>
      DatasetReader.open(path, { fields: FIELDS, batch: 16, seed, memory: 60_000 });
    const reader = await open(3);
    const second = samplesIn(await collect(reader, 1));
    assert.notDeepEqual(samplesIn(await collect(reader, 0)), second);
    assert.deepEqual(samplesIn(await collect(reader, 1)), second);
    assert.deepEqual(samplesIn(await collect(await open(3), 1)), second);
    assert.notDeepEqual(samplesIn(await collect(await open(4), 1)), second);
  }));

Deno.test("DatasetReader gives rows without an axis of steps, and whole batches only on request", () =>
  withDirectory(async (directory) => {
    const path = await writeDataset(directory);
    const reader = await DatasetReader.open(path, { batch: 7, split: null, dropLast: true });
    const batches = await collect(reader);
    const { steps, schema } = await openDataset(path);
    assert.equal(reader.samples, steps);
    assert.equal(batches.length, Math.floor(steps / 7));
    assert.deepEqual(Object.keys(batches[0]!), schema.step.map(({ name }) => name));
    for (const batch of batches) {
      assert.deepEqual(batch["action"]!.shape, [7, 4]);
      assert.deepEqual(batch["reward"]!.shape, [7]);
    }
  }));

Deno.test("DatasetReader.open() says what it cannot read", () =>
  withDirectory(async (directory) => {
    const path = await writeDataset(directory);
    await assert.rejects(DatasetReader.open(path, { fields: ["actoin"] }), /did you mean "action"/);
    await assert.rejects(DatasetReader.open(path, { window: 99 }), /at least 99 steps/);
    await assert.rejects(DatasetReader.open(path, { batch: 0 }), /batch to be an integer/);
  }));
