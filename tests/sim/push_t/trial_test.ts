import assert from "node:assert/strict";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { movementPath, movementSteps } from "../../../sim/push_t/push_t_dmp.ts";
import { drawTrial, simulateTrial } from "../../../sim/push_t/trial.ts";

for (const engine of ["chipmunk", "rapier2d"] as const) {
  Deno.test(`simulateTrial() of drawTrial() is the candidate of a generate stage on ${engine}`, async () => {
    const options = { engine, scaleForcing: true };
    const expected = await rolloutCandidates({
      environment: getEnvironment("push-t", options),
      policy: "dmp",
      seed: 7,
      stream: "generate",
      first: 11,
      count: 1,
    });
    const { table } = await simulateTrial(drawTrial(7, "generate", 11), options);
    const { candidate: _, ...columns } = table.episode;
    for (const [name, column] of Object.entries(columns)) {
      assert.deepEqual(column, expected.episode[name], name);
    }
    assert.deepEqual(table.step, expected.step);
  });
}

Deno.test("movementPath() goes from the start for the whole of its control steps", () => {
  const { movement } = drawTrial(7, "generate", 11);
  const steps = movementSteps(movement, 10);
  assert.equal(steps, Math.ceil(movement.duration * 10));
  const path = movementPath(movement, { controlHz: 10, scaleForcing: false });
  assert.equal(path.length, 2 * (8 * steps + 1));
  assert.ok(Math.abs(path[0]! - movement.start[0]) < 1e-9);
  assert.ok(Math.abs(path[1]! - movement.start[1]) < 1e-9);
  const scaled = movementPath(movement, { controlHz: 10, scaleForcing: true });
  assert.notDeepEqual(scaled.slice(-2), path.slice(-2));
});
