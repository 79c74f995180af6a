import assert from "node:assert/strict";
import { pipelineOf, workflowIdOf } from "../../../runtime/run/run_identity.ts";
import { type RunUnderWay, selectRun } from "../../../runtime/run/runs_under_way.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { PLAN } from "../../cli/_progress.ts";

const ROOT = "/somewhere/data";

function underWay(pipeline: string, key: string, run: number): RunUnderWay {
  const workflowId = workflowIdOf({ ...PLAN, name: pipeline, digest: key.repeat(64) }, ROOT, false);
  const place = { pipeline, run, directory: `runs/${pipeline}/000${run}` };
  return { workflowId, pipeline, build: null, started: new Date(0), place };
}

const RUNS = [
  underWay("reach-expert", "a", 3),
  underWay("reach-expert", "b", 7),
  underWay("pusht", "c", 1),
];

function refusal(name: string, runs: readonly RunUnderWay[] = RUNS): string {
  try {
    selectRun(runs, name, ROOT);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError);
    return error.message;
  }
  throw new Error(`chose a run for "${name}"`);
}

Deno.test("selectRun() takes a run, a workflow id, or a pipeline with one run under way", () => {
  assert.equal(selectRun(RUNS, "reach-expert/7", ROOT), RUNS[1]);
  assert.equal(selectRun(RUNS, "pusht", ROOT), RUNS[2]);
  assert.equal(selectRun(RUNS, RUNS[1]!.workflowId, ROOT), RUNS[1]);
});

Deno.test("selectRun() lists what it cannot choose from", () => {
  assert.equal(
    refusal("reach-expert"),
    'Cannot choose a run of "reach-expert": expected one run in progress, found 2: choose one of ' +
      "reach-expert/3, reach-expert/7",
  );
  assert.match(refusal("reach-exprt"), /found others: did you mean "reach-expert"\?$/);
  assert.match(refusal("pusht", []), /found none: "deno task runs" lists finished runs$/);
});

Deno.test("pipelineOf() reads what workflowIdOf() writes, on the same data directory alone", () => {
  for (const name of ["reach", "reach-expert", "0123456789ab-x", "a-0123456789ab-01234567"]) {
    for (const rerun of [false, true]) {
      const id = workflowIdOf({ ...PLAN, name }, ROOT, rerun);
      assert.equal(pipelineOf(id, ROOT), name);
      assert.equal(pipelineOf(id, "/elsewhere/data"), null);
      assert.equal(pipelineOf(`${id}/generate`, ROOT), null); // of a stage
    }
  }
});
