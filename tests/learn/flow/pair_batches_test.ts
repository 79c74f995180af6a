import assert from "node:assert/strict";
import { getModel, resolveParameters } from "../../../learn/mod.ts";
import type { BatchSource } from "../../../learn/training/batch_source.ts";
import { createPointMasses } from "./point_mass.ts";

const BATCH = 4000;

/** Share of pairs that are one step apart, of batches and of the validation's. */
async function shareOfOneStep(
  oneStep: number,
): Promise<readonly [training: number, validation: number]> {
  const flow = getModel("flow");
  const parameters = resolveParameters(flow, { batch: BATCH, maxSteps: 10, oneStep });
  const setup = await flow.prepare(createPointMasses(120), parameters);
  const training = await setup.openBatches(1, "train"), validation = await setup.openValidation();
  await training.prepare(0);
  return [share(training, BATCH), share(validation, validation.rows)];
}

function share(source: BatchSource, rows: number): number {
  const intervals = new Float32Array(rows);
  source.fill("interval", 0, rows, intervals, 1);
  return intervals.reduce((count, interval) => count + (interval === 1 ? 1 : 0), 0) / rows;
}

Deno.test("openPairBatches() draws the share of one-step pairs beside uniform intervals", async () => {
  const [uniform, validation] = await shareOfOneStep(0);
  assert.ok(uniform > 0.1 && uniform < 0.4, `${uniform}`); // what hardly moves lies near the ends
  const [half, sameValidation] = await shareOfOneStep(0.5);
  const expected = 0.5 + 0.5 * uniform, deviation = Math.sqrt(expected * (1 - expected) / BATCH);
  assert.ok(Math.abs(half - expected) < 5 * deviation, `${half} instead of ${expected}`);
  assert.equal((await shareOfOneStep(1))[0], 1);
  assert.equal(sameValidation, validation);
});
