import assert from "node:assert/strict";
import { Cluster, whyNoCluster } from "../crash/_cluster.ts";
import { REACH_JOB } from "../crash/_jobs.ts";
import { runUninterrupted } from "../crash/_trial.ts";

const reason = await whyNoCluster("s3");

Deno.test({
  name: "a cluster whose worker, database and store fail comes to the bytes of a local run" +
    (reason === null ? "" : ` (skipped: ${reason})`),
  ignore: reason !== null,
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const expected = await runUninterrupted(REACH_JOB);
    await using held = new AsyncDisposableStack();
    const cluster = await Cluster.start(held, { store: "s3", seed: 1 });
    const { digests, rewritten } = await cluster.run(REACH_JOB, [
      { victim: "worker", stage: "generate", after: 3 },
      { victim: "database", stage: "train", after: 8 },
      { victim: "store", stage: "evaluate", after: 2 },
    ]);
    assert.deepEqual(digests, expected);
    assert.deepEqual(rewritten, [], "commits from before a strike were written again");
    assert.ok(Object.values(cluster.proxy!.met).some((count) => count > 0));
  },
});
