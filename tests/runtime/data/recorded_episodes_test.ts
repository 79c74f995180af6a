import assert from "node:assert/strict";
import { join } from "node:path";
import type { JsonValue } from "../../../core/canonical.ts";
import { compilePipeline, definePipeline } from "../../../pipelines/mod.ts";
import { openRecorded, openRejects } from "../../../runtime/data/recorded_episodes.ts";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { shardDirectory, writeShard, writeVerdicts } from "../../../store/mod.ts";
import { OWNER_RECORD, PLAN_RECORD, writeRunRecord } from "../../../store/runs/run_records.ts";
import { CONTEXT } from "../../pipelines/_context.ts";
import { withDirectory } from "../../store/_episodes.ts";

const PLAN = compilePipeline(
  definePipeline({
    name: "small",
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 3, shard: 2 },
      filter: { kind: "filter", from: "generate" },
      merge: { kind: "merge", from: "filter" },
      train: { kind: "train", from: "merge" },
      evaluate: { kind: "evaluate", from: "train", episodes: 3, shard: 2, testNoise: 0.1 },
    },
  }),
  CONTEXT,
);

const REACH = getEnvironment("reach");

/** Returns the directory of a stage's shards. */
function placeOf(root: string, name: string): string {
  return join(root, PLAN.stages.find((stage) => stage.name === name)!.directory);
}

/** Commits two episodes as a shard. @param first Number of the first candidate */
async function writeEpisodes(directory: string, first: number): Promise<void> {
  const table = await rolloutCandidates({
    ...{ environment: REACH, policy: "scripted", seed: 1, stream: "s", first, count: 2 },
    maxSteps: 3,
  });
  await writeShard(directory, table, { schema: REACH.schema() });
}

/** A data root with a run that has not ended: what its evaluation and its filter have committed. */
async function withRun(use: (root: string) => Promise<void>): Promise<void> {
  await withDirectory(async (root) => {
    const directory = join(root, "runs/small/0001");
    await writeRunRecord(directory, OWNER_RECORD, { owner: "x/1" });
    // A plan is JSON by construction; its interface only lacks the index signature.
    const plan = PLAN as unknown as JsonValue;
    const opened = { plan, workflowId: "x", build: "", rerun: false, command: null };
    await writeRunRecord(directory, PLAN_RECORD, opened);
    const evaluate = placeOf(root, "evaluate"), generate = placeOf(root, "generate");
    // Two shards without noise, and one of the two with it.
    for (const [shard, first] of [0, 2, 0].entries()) {
      await writeEpisodes(shardDirectory(evaluate, shard), first);
    }
    for (const shard of [0, 1]) {
      await writeEpisodes(shardDirectory(generate, shard), 2 * shard);
      const verdicts = [0, 1].map((i) => {
        const accepted = i === 0, reason = accepted ? null : "too_fast";
        return { candidate: 2 * shard + i, accepted, reason, figures: { speed: 2.5 + shard } };
      });
      await writeVerdicts(shardDirectory(placeOf(root, "filter"), shard), verdicts);
    }
    await use(root);
  });
}

Deno.test("openRecorded() opens the episodes of an evaluation, condition by condition", () =>
  withRun(async (root) => {
    const plain = await openRecorded(root, "small/1/evaluate", { from: "/" });
    assert.deepEqual([plain.name, plain.title], ["small/1/evaluate", "small/1/evaluate"]);
    assert.equal(plain.episodes, 4);
    assert.deepEqual(Array.from((await plain.readEpisodes("candidate")).data, Number), [
      0,
      1,
      2,
      3,
    ]);
    const table = await plain.readTable(1, 3);
    assert.deepEqual(Array.from(table.episode["candidate"]!.data, Number), [1, 2]);
    assert.equal(table.step["action"]!.data.length, 4 * (table.lengths[0]! + table.lengths[1]!));
    const noisy = await openRecorded(root, "small", { from: "/", condition: "noisy" });
    assert.deepEqual([noisy.name, noisy.part, noisy.episodes], [
      "small/1/evaluate --condition noisy",
      "evaluate-noisy",
      2,
    ]);
  }));

Deno.test("openRecorded() answers for a run without a dataset, and says what it has not", () =>
  withRun(async (root) => {
    assert.equal((await openRecorded(root, "small/1", { from: "/" })).name, "small/1/generate");
    const refusals = {
      "small/1/evaluate": { condition: "pushed", message: /found only plain and noisy/ },
      "small/1/train": { condition: undefined, message: /choose one of small\/1\/generate/ },
      "smal": { condition: undefined, message: /did you mean "small"/ },
    } as const;
    for (const [text, { condition, message }] of Object.entries(refusals)) {
      await assert.rejects(openRecorded(root, text, { from: "/", condition }), {
        name: "InvalidInputError",
        message,
      });
    }
  }));

Deno.test("openRejects() lists refused candidates, and reads what was recorded of one", () =>
  withRun(async (root) => {
    const { rejects, name, readEpisode } = await openRejects(root, "small");
    assert.equal(name, "small/1");
    assert.deepEqual(rejects, [
      {
        source: "generate",
        stage: "filter",
        candidate: 1,
        reason: "too_fast",
        figures: { speed: 2.5 },
      },
      {
        source: "generate",
        stage: "filter",
        candidate: 3,
        reason: "too_fast",
        figures: { speed: 3.5 },
      },
    ]);
    const episode = await readEpisode(rejects[1]!);
    const table = await episode.readTable(0, 1);
    assert.deepEqual(Array.from(table.episode["candidate"]!.data, Number), [3]);
    await assert.rejects(openRejects(root, "small/1/train"), /a generate stage of it/);
  }));
