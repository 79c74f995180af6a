import assert from "node:assert/strict";
import { join } from "node:path";
import { definePipeline, runPipeline } from "@sluice/sluice";
import { prepareRun } from "../../runtime/prepare/prepared_run.ts";
import { stopServices } from "./_services.ts";

const SMALL = definePipeline({
  name: "small",
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 2, shard: 2 },
    merge: { kind: "merge", from: "generate" },
  },
});

Deno.test("runPipeline() begins anew after a failure was remedied, on the same server", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-remedied-" });
  try {
    const { plan } = await prepareRun(root, SMALL, { from: "/", modules: [] });
    const { directory } = plan.stages.find(({ name }) => name === "merge")!; // declared above
    const inTheWay = join(root, directory, "commit.json");
    await Deno.mkdir(inTheWay, { recursive: true });
    const options = { root, threads: 1, keep: true };
    const failed = await runPipeline(SMALL, options);
    assert.equal(failed.status, "failed");
    assert.match(failed.error!.message, /commit\.json/);

    await Deno.remove(inTheWay);
    const completed = await runPipeline(SMALL, options);
    assert.deepEqual([completed.status, completed.error], ["completed", undefined]);
    assert.deepEqual([failed.run, completed.run], [1, 2]);
    assert.equal(completed.stages["generate"]?.cached, true);
  } finally {
    await stopServices(root);
    await Deno.remove(root, { recursive: true });
  }
});
