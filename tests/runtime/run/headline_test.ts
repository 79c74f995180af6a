import assert from "node:assert/strict";
import { headlineOf } from "../../../runtime/run/headline.ts";
import { resultOf } from "../../cli/_progress.ts";

Deno.test("headlineOf() is the principal evaluation's, else what judges the run so far", () => {
  const judged = (kind: string, metrics: Record<string, number>) => {
    const { stage: _stage, ...result } = resultOf(kind, { metrics });
    return result;
  };
  const train = judged("train", { loss: 0.02, validation_loss: 0.015 });
  const stages = {
    train,
    evaluate_noisy: judged("evaluate", { success_rate: 0.5 }),
    evaluate: judged("evaluate", {
      success_rate: 0.98,
      success_rate_low: 0.93,
      success_rate_high: 0.994,
    }),
  };
  assert.deepEqual(headlineOf(stages), {
    stage: "evaluate",
    name: "success_rate",
    value: 0.98,
    text: "success_rate 98 % (93 % … 99.4 %)",
  });
  assert.equal(headlineOf({ train })?.text, "loss 0.02000");
  assert.equal(headlineOf({}), null);
});
