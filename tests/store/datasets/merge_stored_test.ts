import assert from "node:assert/strict";
import { join } from "node:path";
import { type Dataset, mergeDatasets, mergeStored, openDataset } from "../../../store/mod.ts";
import { LABELLED, SCHEMA, withDirectory, writeChain } from "../_episodes.ts";

const OPTIONS = { seed: 3, stream: "merge", split: { train: 0.8, validation: 0.1, test: 0.1 } };

async function makeDataset(
  directory: string,
  name: string,
  { seed, schema = SCHEMA, limit = 10 }: {
    readonly seed: number;
    readonly schema?: typeof SCHEMA;
    readonly limit?: number;
  },
): Promise<{ readonly name: string; readonly directory: string }> {
  const { generate, filter } = await writeChain(join(directory, `${name}-chain`), { seed, schema });
  const input = { name: "filter", directory: generate, verdicts: filter, lastShard: 2, limit };
  await mergeDatasets(join(directory, name), [input], OPTIONS);
  return { name, directory: join(directory, name) };
}

async function column(dataset: Dataset, field: string): Promise<number[]> {
  return Array.from((await dataset.readEpisodes(field)).data, Number);
}

Deno.test("mergeStored() has the episodes of all inputs, in order, with their splits", () =>
  withDirectory(async (directory) => {
    const a = await makeDataset(directory, "a", { seed: 1 });
    const b = await makeDataset(directory, "b", { seed: 2, limit: 7 });
    const both = join(directory, "both");
    const commit = await mergeStored(both, [a, b], { duplicates: "refuse" });
    assert.deepEqual([commit.counts["total_episodes"], commit.counts["duplicates"]], [17, 0]);
    const merged = await openDataset(both);
    const inputs = [await openDataset(a.directory), await openDataset(b.directory)];
    for (const field of ["candidate", "split", "return", "length"]) {
      const expected = await Promise.all(inputs.map((input) => column(input, field)));
      assert.deepEqual(await column(merged, field), expected.flat(), field);
    }
    const rows = await merged.readSteps("action", 0, merged.steps);
    const expected = await Promise.all(
      inputs.map(async (input) => [...(await input.readSteps("action", 0, input.steps)).data]),
    );
    assert.deepEqual([...rows.data], expected.flat());
    assert.deepEqual(merged.sources, ["a/filter", "b/filter"]);
    assert.deepEqual((await column(merged, "source")).slice(9, 11), [0, 1]);
    const rejects = await Promise.all(inputs.map((input) => input.readRejects()));
    assert.equal((await merged.readRejects()).length, rejects.flat().length);
  }));

Deno.test("mergeStored() computes the statistics of the new training split", () =>
  withDirectory(async (directory) => {
    const a = await makeDataset(directory, "a", { seed: 1 });
    const b = await makeDataset(directory, "b", { seed: 2 });
    await mergeStored(join(directory, "both"), [a, b], { duplicates: "refuse" });
    const merged = await openDataset(join(directory, "both"));
    const split = await column(merged, "split");
    const training: number[] = [];
    for (let episode = 0; episode < merged.episodes; episode++) {
      const start = merged.episodeEnds[episode - 1] ?? 0, end = merged.episodeEnds[episode]!;
      if (split[episode] !== 0) continue;
      training.push(...Array.from((await merged.readSteps("reward", start, end)).data, Number));
    }
    const mean = training.reduce((sum, value) => sum + value, 0) / training.length;
    assert.ok(Math.abs(merged.statistics["reward"]!.mean[0]! - mean) < 1e-12);
  }));

Deno.test("mergeStored() refuses an episode that is there already, or leaves it out", () =>
  withDirectory(async (directory) => {
    const a = await makeDataset(directory, "a", { seed: 1 });
    const more = await makeDataset(directory, "more", { seed: 1, limit: 12 });
    const into = join(directory, "both");
    await assert.rejects(mergeStored(into, [a, more], { duplicates: "refuse" }), {
      name: "InvalidInputError",
      message: /episode 0 of "more" equals episode 0 of "a"/,
    });
    const { counts } = await mergeStored(into, [a, more], { duplicates: "skip" });
    assert.deepEqual([counts["total_episodes"], counts["duplicates"]], [12, 10]);
  }));

Deno.test("mergeStored() adds labels to a dataset without, and refuses other differences", () =>
  withDirectory(async (directory) => {
    const plain = await makeDataset(directory, "plain", { seed: 1 });
    const labelled = await makeDataset(directory, "labelled", { seed: 2, schema: LABELLED });
    const both = join(directory, "both");
    await mergeStored(both, [plain, labelled], { duplicates: "refuse" });
    const merged = await openDataset(both), { steps } = await openDataset(plain.directory);
    assert.deepEqual(
      (await merged.readSteps("action_label", 0, steps)).data,
      (await merged.readSteps("action", 0, steps)).data,
    );
    const slow = { ...SCHEMA, controlHz: 10 };
    const other = await makeDataset(directory, "other", { seed: 3, schema: slow });
    await assert.rejects(
      mergeStored(join(directory, "no"), [plain, other], { duplicates: "refuse" }),
      {
        name: "InvalidInputError",
        message: /Cannot merge "other" with "plain": expected controlHz to be 20, found 10/,
      },
    );
    const exact = { ...SCHEMA, options: { engine: "exact" } };
    const chosen = await makeDataset(directory, "chosen", { seed: 4, schema: exact });
    assert.deepEqual((await openDataset(chosen.directory)).schema.options, { engine: "exact" });
    await assert.rejects(
      mergeStored(join(directory, "no"), [plain, chosen], { duplicates: "refuse" }),
      { message: /expected option "engine" to be none, found exact: generate both/ },
    );
  }));

Deno.test("mergeStored() gives the same bytes again, and of a merged dataset", () =>
  withDirectory(async (directory) => {
    const [a, b, c] = await Promise.all(
      [1, 2, 3].map((seed) => makeDataset(directory, `d${seed}`, { seed })),
    );
    const merge = (into: string, inputs: Parameters<typeof mergeStored>[1]) =>
      mergeStored(join(directory, into), inputs, { duplicates: "refuse" });
    const once = await merge("once", [a!, b!]);
    assert.equal((await merge("twice", [a!, b!])).digest, once.digest);
    const all = await merge("all", [{ name: "once", directory: join(directory, "once") }, c!]);
    assert.equal(all.counts["total_episodes"], 30);
    assert.deepEqual(
      (await openDataset(join(directory, "all"))).sources,
      ["once/d1/filter", "once/d2/filter", "d3/filter"],
    );
  }));
