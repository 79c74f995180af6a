import assert from "node:assert/strict";
import { join } from "node:path";
import { type EpisodeTable, SPLITS, typedData } from "../../../core/episode.ts";
import {
  type Dataset,
  mergeDatasets,
  type MergeInput,
  openDataset,
  readCommit,
} from "../../../store/mod.ts";
import { drawTable, LABELLED, SCHEMA, verdictOf, withDirectory, writeChain } from "../_episodes.ts";

const OPTIONS = { seed: 3, stream: "merge", split: { train: 0.8, validation: 0.1, test: 0.1 } };

async function writeInput(
  directory: string,
  name: string,
  options: Parameters<typeof writeChain>[1] & { readonly limit?: number } = {},
): Promise<MergeInput> {
  const { generate, filter } = await writeChain(join(directory, name), options);
  const { shards = 3, limit = 10, seed = 1 } = options;
  return { name, directory: generate, verdicts: filter, lastShard: shards - 1, limit, seed };
}

async function merge(directory: string, inputs: readonly MergeInput[]): Promise<Dataset> {
  await mergeDatasets(directory, inputs, OPTIONS);
  return await openDataset(directory);
}

/** All columns of a dataset but those that name the input or the split. */
async function contentOf(dataset: Dataset): Promise<EpisodeTable> {
  const table = await dataset.readTable(0, dataset.episodes);
  const { source: _source, split: _split, ...episode } = table.episode;
  return { ...table, episode };
}

/** One table behind another. */
function concatenate(a: EpisodeTable, b: EpisodeTable): unknown {
  const join = (x: EpisodeTable["step"], y: EpisodeTable["step"]) =>
    Object.fromEntries(
      Object.entries(x).map(([name, { data, dtype, shape }]) => [
        name,
        { dtype, shape, data: [...data, ...y[name]!.data] },
      ]),
    );
  return {
    lengths: [...a.lengths, ...b.lengths],
    step: join(a.step, b.step),
    episode: join(a.episode, b.episode),
  };
}

function plain(table: EpisodeTable): unknown {
  const none = {
    lengths: new Int32Array(),
    step: empty(table.step),
    episode: empty(table.episode),
  };
  return concatenate(table, none);
}

function empty(columns: EpisodeTable["step"]): EpisodeTable["step"] {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      { ...column, data: column.data.subarray(0, 0) },
    ]),
  );
}

Deno.test("mergeDatasets() takes the first accepted candidates, in order, and notes the others", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "generate", { limit: 11 });
    const dataset = await merge(join(directory, "merge"), [input]);
    const numbers = Array.from({ length: 24 }, (_, i) => i);
    const accepted = numbers.filter((i) => verdictOf(i).accepted).slice(0, 11);
    const candidates = (await dataset.readEpisodes("candidate")).data;
    assert.deepEqual(Array.from(candidates, Number), accepted);
    const refused = numbers.filter((i) => i < accepted.at(-1)! && !verdictOf(i).accepted);
    assert.deepEqual(
      await dataset.readRejects(),
      refused.map((candidate) => {
        const { reason, figures } = verdictOf(candidate);
        return { source: "generate", candidate, reason, figures };
      }),
    );
    const tables = [0, 8, 16].map((first) => drawTable({ first }));
    const rows = accepted.map((candidate) => tables[candidate >> 3]!.lengths[candidate & 7]!);
    assert.deepEqual([...(await dataset.readTable(0, 11)).lengths], rows);
    assert.deepEqual([...(await dataset.readEpisodes("length")).data], rows);
  }));

Deno.test("mergeDatasets() is associative in content", () =>
  withDirectory(async (directory) => {
    const a = await writeInput(directory, "a", { seed: 1, limit: 5 });
    const b = await writeInput(directory, "b", { seed: 2, limit: 9, shards: 2 });
    const c = await writeInput(directory, "c", { seed: 3, limit: 1, shards: 1 });
    const content = async (inputs: readonly MergeInput[]) => {
      const name = inputs.map(({ name }) => name).join("");
      return await contentOf(await merge(join(directory, `merge-${name}`), inputs));
    };
    const whole = plain(await content([a, b, c]));
    assert.deepEqual(concatenate(await content([a]), await content([b, c])), whole);
    assert.deepEqual(concatenate(await content([a, b]), await content([c])), whole);
  }));

Deno.test("mergeDatasets() takes every candidate where there are no verdicts", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "generate");
    const all = await merge(join(directory, "all"), [{ ...input, verdicts: null, limit: 24 }]);
    const candidates = Array.from((await all.readEpisodes("candidate")).data, Number);
    assert.deepEqual(candidates, Array.from({ length: 24 }, (_, i) => i));
    assert.deepEqual(await all.readRejects(), []);
  }));

Deno.test("mergeDatasets() gives the same bytes again, and after a merge that was stopped", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "generate", { limit: 16 });
    const texts = [];
    for (const name of ["whole", "stopped"]) {
      const target = join(directory, name);
      if (name === "stopped") {
        const controller = new AbortController();
        const onProgress = () => controller.abort();
        const stopped = mergeDatasets(target, [input], {
          ...OPTIONS,
          onProgress,
          signal: controller.signal,
        });
        await assert.rejects(stopped, { name: "AbortError" });
        assert.equal(await readCommit(target), null);
      }
      await mergeDatasets(target, [input], OPTIONS);
      texts.push(await Deno.readTextFile(join(target, "commit.json")));
    }
    assert.equal(texts[0], texts[1]);
  }));

Deno.test("mergeDatasets() splits by episode, in exact shares, by its seed", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "generate", { shards: 4, limit: 20 });
    const splits: string[] = [];
    for (const seed of [3, 4]) {
      const target = join(directory, `merge-${seed}`);
      const { counts } = await mergeDatasets(target, [input], { ...OPTIONS, seed });
      assert.deepEqual(SPLITS.map((name) => counts[name]), [16, 2, 2]);
      const split = [...(await (await openDataset(target)).readEpisodes("split")).data];
      assert.deepEqual([0, 1, 2].map((s) => split.filter((x) => x === s).length), [16, 2, 2]);
      splits.push(split.join());
    }
    assert.notEqual(splits[0], splits[1]);
  }));

Deno.test("mergeDatasets() takes inputs as splits, whatever their sizes", () =>
  withDirectory(async (directory) => {
    const inputs = [
      await writeInput(directory, "first", { shards: 4, limit: 5 }),
      await writeInput(directory, "second", { shards: 4, limit: 12 }),
    ];
    const target = join(directory, "merge");
    const split = ["test", "train"] as const;
    const { counts } = await mergeDatasets(target, inputs, { ...OPTIONS, split });
    assert.deepEqual(SPLITS.map((name) => counts[name]), [12, 0, 5]);
    const found = (await (await openDataset(target)).readEpisodes("split")).data;
    assert.deepEqual([...found], [...Array(5).fill(2), ...Array(12).fill(0)]);
  }));

Deno.test("mergeDatasets() counts steps, returns, successes, and the training rows alone", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "generate", { limit: 16 });
    const { counts, metrics } = await mergeDatasets(join(directory, "merge"), [input], OPTIONS);
    const dataset = await openDataset(join(directory, "merge"));
    const table = await dataset.readTable(0, 16);
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    assert.equal(counts["total_episodes"], 16);
    assert.equal(counts["total_steps"], dataset.steps);
    assert.equal(metrics["mean_episode_length"], dataset.steps / 16);
    const returns = typedData(table.episode["return"]!.data, Float64Array);
    assert.equal(metrics["mean_reward"], mean(returns));
    assert.equal(
      metrics["success_rate"],
      mean(typedData(table.episode["success"]!.data, Uint8Array)),
    );
    const split = table.episode["split"]!.data;
    const rewards: number[] = [];
    for (let episode = 0; episode < 16; episode++) {
      if (split[episode] !== 0) continue;
      const start = episode === 0 ? 0 : dataset.episodeEnds[episode - 1]!;
      const { data } = await dataset.readSteps("reward", start, dataset.episodeEnds[episode]!);
      rewards.push(...Array.from(data, Number));
    }
    const statistics = dataset.statistics["reward"]!;
    const variance = mean(rewards.map((reward) => (reward - mean(rewards)) ** 2));
    assert(Math.abs(statistics.mean[0]! - mean(rewards)) < 1e-12);
    assert(Math.abs(statistics.std[0]! - Math.sqrt(variance)) < 1e-12);
    assert.deepEqual(statistics.min, [Math.min(...rewards)]);
    assert.deepEqual(statistics.max, [Math.max(...rewards)]);
  }));

Deno.test("mergeDatasets() takes the action for the label where collection had no noise", () =>
  withDirectory(async (directory) => {
    const clean = await writeInput(directory, "clean", { limit: 4 });
    const noisy = await writeInput(directory, "noisy", { limit: 4, schema: LABELLED });
    for (const inputs of [[clean, noisy], [noisy, clean]]) {
      const dataset = await merge(join(directory, inputs[0]!.name + "-first"), inputs);
      const { lengths, step, episode } = await dataset.readTable(0, 8);
      const actions = step["action"]!.data, labels = step["action_label"]!.data;
      let row = 0;
      for (const [index, length] of lengths.entries()) {
        const isClean = inputs[Number(episode["source"]!.data[index])] === clean;
        const [from, to] = [4 * row, 4 * (row + length)];
        if (isClean) assert.deepEqual(labels.subarray(from, to), actions.subarray(from, to));
        else if (length > 0) {
          assert.notDeepEqual(labels.subarray(from, to), actions.subarray(from, to));
        }
        row += length;
      }
    }
  }));

Deno.test("mergeDatasets() names the first field that differs, and commits nothing", () =>
  withDirectory(async (directory) => {
    const other = {
      ...SCHEMA,
      step: SCHEMA.step.map((spec) =>
        spec.name === "action" ? { ...spec, components: ["x", "y", "z", "claw"] } : spec
      ),
    };
    const inputs = [
      await writeInput(directory, "a"),
      await writeInput(directory, "b", { schema: other }),
    ];
    await assert.rejects(merge(join(directory, "merge"), inputs), {
      name: "InvalidInputError",
      message: 'Cannot merge "b" with "a": expected components of field "action" to be ' +
        '["x","y","z","gripper"], found ["x","y","z","claw"]: generate both with the same ' +
        "environment and randomization",
    });
    const shorter = { ...SCHEMA, episode: SCHEMA.episode.slice(0, -1) };
    inputs[1] = await writeInput(directory, "c", { schema: shorter });
    await assert.rejects(merge(join(directory, "merge"), inputs), {
      message: 'Cannot merge "c" with "a": expected field "final_observation/joint_pos" to be ' +
        "float32, found none: generate both with the same environment and randomization",
    });
    assert.equal(await readCommit(join(directory, "merge")), null);
  }));

Deno.test("mergeDatasets() throws when fewer are accepted than the limit", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "generate", { limit: 17 });
    await assert.rejects(merge(join(directory, "merge"), [input]), {
      name: "DamagedStoreError",
      message: /expected 17 accepted episodes in shards 0 to 2, found 16/,
    });
  }));

Deno.test("mergeDatasets() writes the same numbers in chunks of any size", () =>
  withDirectory(async (directory) => {
    const input = await writeInput(directory, "a", { shards: 9, size: 40, limit: 200 });
    const datasets: Dataset[] = [];
    for (const chunk of [undefined, 32, 1, 1000, "auto"] as const) {
      const target = join(directory, `merge-${chunk}`);
      await mergeDatasets(target, [input], {
        ...OPTIONS,
        ...(chunk === undefined ? {} : { chunk }),
      });
      datasets.push(await openDataset(target));
    }
    const [usual, same, small, large, auto] = datasets;
    assert.equal(same!.commit.digest, usual!.commit.digest);
    const expected = plain(await usual!.readTable(0, usual!.episodes));
    for (const dataset of [small!, large!, auto!]) {
      assert.deepEqual(plain(await dataset.readTable(0, dataset.episodes)), expected);
      assert.deepEqual(dataset.statistics, usual!.statistics);
    }
    const filesOf = ({ commit }: Dataset) =>
      [...commit.files.keys()].filter((path) => /^data\/reward\/c\./.test(path)).length;
    assert.deepEqual(datasets.map(filesOf), [7, 7, 205, 1, 1]);
  }));
