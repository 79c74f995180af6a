import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { definePipeline, openDataset, runPipeline, type RunSummary } from "@sluice/sluice";
import type {} from "./length_table.ts";
import type {} from "./bootstrap_return.ts";
import { stopServices } from "./_services.ts";

const MODULES = ["length_table.ts", "bootstrap_return.ts"].map((name) =>
  new URL(name, import.meta.url).pathname
);

const OWN = definePipeline({
  name: "own",
  seed: 5,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 40, actionNoise: 0.02 },
    merge: { kind: "merge", from: "generate" },
    relabel: { kind: "relabel", from: "merge" },
    fast: { kind: "subsample", from: "relabel", every: 2, where: "success && duration < 2" },
    twice: { kind: "concatenate", from: ["merge", "relabel"], duplicates: "skip" },
    lengths: { kind: "length-table", from: "twice", width: 5 },
    returns: { kind: "bootstrap-return", from: "merge", resamples: 100, parts: 3 },
    train: { kind: "train", from: "merge", steps: 20 },
    expert: { kind: "evaluate", environment: "reach", policy: { named: "scripted" }, episodes: 4 },
  },
});

function digestsOf({ stages }: RunSummary) {
  return Object.fromEntries(Object.entries(stages).map(([name, { digest }]) => [name, digest]));
}

// One test, because a process registers the user's modules once.
Deno.test("kinds of stage of a module", async (t) => {
  const root = await Deno.makeTempDir({ prefix: "sluice-own-" });
  const options = { root, modules: MODULES, keep: true };
  try {
    let first: RunSummary;
    await t.step("run among those of the project", async () => {
      first = await runPipeline(OWN, options);
      assert.equal(first.error, undefined);
      assert.equal(first.stages["lengths"]!.counts["episodes"], 40);
      assert.equal(first.stages["returns"]!.counts["resamples"], 100);
      assert.equal(first.stages["returns"]!.counts["shards"], 3);
      assert.equal(first.stages["twice"]!.counts["duplicates"], 40);
    });

    await t.step("relabel writes what the expert was heard to say before noise", async () => {
      const [given, labelled] = await Promise.all(
        ["merge", "relabel"].map((name) => openDataset(first.stages[name]!.path)),
      );
      const rows = await given!.readSteps("action_label", 0, given!.steps);
      const again = await labelled!.readSteps("action_label", 0, labelled!.steps);
      assert.deepEqual(again.data, rows.data);
      const actions = await Promise.all(
        [given!, labelled!].map((dataset) => dataset.readSteps("action", 0, dataset.steps)),
      );
      assert.deepEqual(actions[1]!.data, actions[0]!.data);
    });

    await t.step(
      "subsample keeps every second row of the episodes that meet its condition",
      async () => {
        const [whole, part] = await Promise.all(
          ["relabel", "fast"].map((name) => openDataset(first.stages[name]!.path)),
        );
        assert.ok(part!.episodes > 0 && part!.episodes <= whole!.episodes);
        assert.equal(part!.schema.controlHz, whole!.schema.controlHz / 2);
        assert.ok(!part!.schema.episode.some(({ name }) => name === "start_state"));
        const [all, half] = [
          await whole!.readSteps("action", 0, 3),
          await part!.readSteps("action", 0, 2),
        ];
        const width = all.shape[0]!;
        assert.deepEqual(half.data.subarray(0, width), all.data.subarray(0, width));
        assert.deepEqual(half.data.subarray(width), all.data.subarray(2 * width));
      },
    );

    await t.step("are found again, and come to the same bytes when run again", async () => {
      const again = await runPipeline(OWN, options);
      assert.ok(Object.values(again.stages).every(({ cached }) => cached));
      const rerun = await runPipeline(OWN, { ...options, rerun: true });
      assert.equal(rerun.error, undefined);
      assert.deepEqual(digestsOf(rerun), digestsOf(first));
    });

    await t.step("stand in the report, by their own rows and by their figures", () => {
      const report = readFileSync(join(first.directory, "report.html"), "utf8");
      assert.match(report, /lengths \(length-table\)/);
      assert.match(report, /control steps of a bin/);
      assert.match(report, /returns \(bootstrap-return\)/);
    });

    await t.step(
      "stand beside experts that are evaluated, and trained policies that generate",
      async () => {
        assert.equal(first.stages["expert"]!.metrics["success_rate"], 1);
        const rolled = definePipeline({
          name: "rolled",
          stages: {
            generate: {
              kind: "generate",
              environment: "reach",
              policy: { stored: "own/1" },
              episodes: 2,
              shard: 2,
              maxSteps: 5,
            },
          },
        });
        const { stages } = await runPipeline(rolled, options);
        assert.equal(stages["generate"]!.counts["steps"], 10);
      },
    );

    await t.step("have no checkpoint left once they are committed", () => {
      const { path } = first.stages["lengths"]!;
      assert.ok(existsSync(join(path, "table.json")) && !existsSync(join(path, "checkpoint.json")));
    });

    await t.step("are refused without their module, before anything runs", async () => {
      await assert.rejects(runPipeline(OWN, { root }), /expected the module that registers kind/);
    });
  } finally {
    await stopServices(root);
    await Deno.remove(root, { recursive: true });
  }
});
