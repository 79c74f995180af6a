import assert from "node:assert/strict";
import { join } from "node:path";
import { renderRuns } from "../../../cli/render/runs_view.ts";
import { gatherRuns, runJson } from "../../../runtime/run/run_list.ts";
import { PLAN, resultOf } from "../../cli/_progress.ts";

const { stage: _, ...evaluate } = resultOf("evaluate", { metrics: { success_rate: 0.98 } });

/** Writes files of a run, as far as a list reads them. */
async function writeRunFiles(root: string, directory: string, files: Record<string, unknown>) {
  await Deno.mkdir(join(root, directory), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(join(root, directory, name), text);
  }
}

/** What a run began with, on a day of January 2026. */
function opened(day: number, changes?: Record<string, number>) {
  const started = `2026-01-0${day}T12:00:00Z`;
  return { plan: PLAN, workflowId: "x", build: "", rerun: false, command: null, started, changes };
}

function summary(run: number, pipeline: string) {
  const directory = `runs/${pipeline}/000${run}`;
  const stages = { evaluate };
  return { pipeline, run, status: "completed", digest: "ab", directory, seconds: 5, stages };
}

Deno.test("gatherRuns() sorts by time, tells what was changed, and hides no run behind damage", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-runs-" });
  try {
    const at = (run: number, pipeline: string) => `runs/${pipeline}/000${run}`;
    await writeRunFiles(root, at(1, "b"), { "plan.json": opened(1, { "train.steps": 5 }) });
    await writeRunFiles(root, at(1, "a"), {
      "plan.json": opened(3),
      "run.json": summary(1, "a"),
    });
    await writeRunFiles(root, at(2, "a"), { "plan.json": opened(2), "run.json": "{" });
    const runs = await gatherRuns(root);
    assert.deepEqual(runs.map(({ pipeline, run }) => `${pipeline}/${run}`), ["b/1", "a/2", "a/1"]);
    const [begun, damaged, ended] = runs.map((run) => runJson(run, { root, from: "/" }));
    assert.deepEqual(begun?.overrides, { "train.steps": 5 });
    assert.equal(begun?.headline, null);
    assert.match(
      damaged?.damage ?? "",
      /run\.json": expected the summary of a run, found text that is no JSON/,
    );
    assert.deepEqual(ended?.headline, {
      stage: "evaluate",
      name: "success_rate",
      value: 0.98,
      text: "success_rate 98 %",
    });
    assert.deepEqual([ended?.seed, ended?.started], [42, "2026-01-03T12:00:00Z"]);
    const [, first, second, third] = renderRuns(runs).split("\n");
    assert.match(first!, /^b\/1 .* not ended .* train\.steps=5$/);
    assert.match(second!, /^a\/2 .* damaged /);
    assert.match(third!, /^a\/1 .* completed +5\.00 s +42 +success_rate 98 %$/);
    assert.equal((await gatherRuns(root, "b")).length, 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
