import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type EpisodeRecord,
  type EpisodeRecords,
  episodesWhere,
  mergeDatasets,
  openDataset,
  openShards,
  readRecords,
  selectEpisodes,
  shardDirectory,
} from "../../../store/mod.ts";
import { withDirectory, writeChain } from "../_episodes.ts";

/** Shards of 2,600 episodes, more than are read at a time. */
const SHARDS = 13, SIZE = 200;

async function allOf(records: EpisodeRecords): Promise<EpisodeRecord[]> {
  const all: EpisodeRecord[] = [];
  for await (const some of readRecords(records)) {
    assert(some.length <= 1024, `${some.length} at once`);
    all.push(...some);
  }
  return all;
}

Deno.test("readRecords() gives every episode once, some at a time, of shards, datasets and selections", () =>
  withDirectory(async (directory) => {
    const { generate } = await writeChain(directory, { shards: SHARDS, size: SIZE });
    const shards = Array.from({ length: SHARDS }, (_, i) => shardDirectory(generate, i));
    const records = await allOf(await openShards(shards));
    assert.equal(records.length, SHARDS * SIZE);
    assert.deepEqual(records.map(({ candidate }) => candidate), [...records.keys()]);
    const limit = SHARDS * SIZE, lastShard = SHARDS - 1, merged = join(directory, "merge");
    const input = { name: "g", directory: generate, verdicts: null, lastShard, limit };
    const split = { train: 1, validation: 0, test: 0 };
    await mergeDatasets(merged, [input], { seed: 1, stream: "merge", split });
    const dataset = await openDataset(merged);
    const stored = await allOf(dataset);
    for (const [i, record] of records.entries()) {
      for (const [name, value] of Object.entries(record)) {
        assert.deepEqual(stored[i]![name], value, `${name} of ${i}`);
      }
    }
    const found = await episodesWhere(dataset, "candidate % 3 == 1 && length > 0");
    const chosen = found.toReversed();
    const selected = await allOf(selectEpisodes(dataset, chosen));
    assert.deepEqual(
      selected.map(({ candidate, length }) => [candidate, length]),
      chosen.map((episode) => [records[episode]!["candidate"], records[episode]!["length"]]),
    );
    assert.equal(
      (await selectEpisodes(dataset, chosen).readEpisodeRows("candidate", 5, 5)).data.length,
      0,
    );
  }));
