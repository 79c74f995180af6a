import assert from "node:assert/strict";
import { Worker } from "@temporalio/worker";
import history from "./nightly.json" with { type: "json" };
import { workflowBundle } from "../workflows/_temporal.ts";

/**
 * A night may be open while the code is upgraded, and workers of any code go on with it. Checked by
 * calling `takeOver` before `sleep` in `workflows/nightly.ts`: this test turned red with a
 * `DeterminismViolationError`.
 */
Deno.test({
  name: "nightly() goes on with a night that older code began",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const bundle = await workflowBundle();
    await assert.doesNotReject(
      Worker.runReplayHistory({ workflowBundle: bundle }, history, "heir-night"),
    );
  },
});
