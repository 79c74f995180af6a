import assert from "node:assert/strict";
import { Worker } from "@temporalio/worker";
import { workflowBundle } from "../workflows/_temporal.ts";
import type { StoredHistory } from "./record_pipelines.ts";

async function readHistories(): Promise<readonly StoredHistory[]> {
  const file = await Deno.readFile(new URL("./pipelines.json.gz", import.meta.url));
  const unzipped = new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(unzipped).json();
}

/**
 * Runs that are open while workers restart go on only where the code takes the same decisions again.
 * Checked by moving `#commit()` before `#stopOthers()` in `workflows/sharded_stage.ts`: this test turned
 * red with a nondeterminism error of the filter stage.
 */
Deno.test({
  name: "workflows take the decisions of the stored histories again",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const histories = await readHistories();
    const scenarios = new Set(histories.map(({ scenario }) => scenario));
    assert.equal(scenarios.size, 7);
    const results = Worker.runReplayHistories(
      { workflowBundle: await workflowBundle() },
      histories.map(({ workflowId, history }) => ({ workflowId, history })),
    );
    let replayed = 0;
    for await (const { workflowId, error } of results) {
      assert.equal(error, undefined, `${workflowId}: ${error?.message}`);
      replayed++;
    }
    assert.equal(replayed, histories.length);
  },
});
