import assert from "node:assert/strict";
import { join } from "node:path";
import { type Dataset, mergeDatasets, openDataset, selectEpisodes } from "../../../store/mod.ts";
import { withDirectory, writeChain } from "../_episodes.ts";

const OPTIONS = { seed: 3, stream: "merge", split: { train: 0.8, validation: 0.1, test: 0.1 } };

async function makeDataset(directory: string): Promise<Dataset> {
  const { generate, filter } = await writeChain(directory);
  const input = { name: "filter", directory: generate, verdicts: filter, lastShard: 2, limit: 12 };
  await mergeDatasets(join(directory, "merge"), [input], OPTIONS);
  return await openDataset(join(directory, "merge"));
}

Deno.test("selectEpisodes() reads as the whole dataset does, in the chosen order", () =>
  withDirectory(async (directory) => {
    const whole = await makeDataset(directory);
    const chosen = [7, 2, 2, 11];
    const some = selectEpisodes(whole, chosen);
    assert.equal(some.episodes, 4);
    const table = await some.readTable(0, 4);
    let row = 0;
    for (const [index, episode] of chosen.entries()) {
      const own = await whole.readTable(episode, episode + 1);
      assert.equal(table.lengths[index], own.lengths[0]);
      for (const [name, column] of Object.entries(own.step)) {
        const end = row + own.lengths[0]!;
        const rows = await some.readSteps(name, row, end);
        assert.deepEqual(rows, column, name);
      }
      row += own.lengths[0]!;
      const [candidate] = own.episode["candidate"]!.data;
      assert.equal((await some.readEpisodes("candidate")).data[index], candidate);
      assert.equal(some.episodeEnds[index], row);
    }
    assert.equal(some.steps, row);
    const all = await some.readSteps("action", 0, row);
    assert.deepEqual(all.data, table.step["action"]!.data);
  }));

Deno.test("selectEpisodes() of none is empty, and of one that is not there fails", () =>
  withDirectory(async (directory) => {
    const whole = await makeDataset(directory);
    const none = selectEpisodes(whole, []);
    assert.deepEqual([none.episodes, none.steps], [0, 0]);
    assert.equal((await none.readSteps("action", 0, 0)).data.length, 0);
    assert.equal((await none.readTable(0, 0)).lengths.length, 0);
    for (const episode of [-1, 12, 0.5]) {
      assert.throws(() => selectEpisodes(whole, [episode]), RangeError);
    }
  }));
