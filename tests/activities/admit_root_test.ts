import assert from "node:assert/strict";
import { join } from "node:path";
import { admitCloseRun, admitStage, requireOwnRun } from "../../activities/admit.ts";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { openRoot } from "../../runtime/data/root_identity.ts";
import { openRunDirectory, ROOT_FILE } from "../../store/mod.ts";
import { JOB, JobRoot } from "./_job.ts";

const OTHER = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";

Deno.test("activities work only in the data root of their run", async (t) => {
  await using job = await JobRoot.open();
  const { root, plan } = job;
  const context = await createCompileContext(root, JOB);
  const admission = { root, build: "test", context };
  const { id } = await openRoot(root, { environment: {}, onNote: () => {} });
  const task = { ...job.task("generate"), directory: "runs/job/0001" };

  await t.step("another disk is mounted in its place", async () => {
    assert.equal(admitStage({ ...task, rootId: id }, admission).rootId, id);
    assert.ok(admitStage(task, admission)); // of a run from before roots had ids
    assert.throws(() => admitStage({ ...task, rootId: OTHER }, admission), {
      name: "TransientStoreError",
      message: `Cannot work in the data directory "${root}": expected that of the run, ${OTHER}, ` +
        `found ${id}: mount it there, or stop this worker; committed work is kept`,
    });
    const aside = join(root, "aside");
    await Deno.rename(join(root, ROOT_FILE), aside);
    assert.throws(
      () => admitStage({ ...task, rootId: id }, admission),
      /that of the run.*found none/,
    );
    await Deno.rename(aside, join(root, ROOT_FILE));
  });

  await t.step("a run is closed by the execution that opened it", async () => {
    const { run, directory } = await openRunDirectory(root, "job", { owner: "job-1/first" });
    const close = {
      ...{ run, directory, base: "", plan, build: "test", rerun: false, rootId: id },
      ...{ status: "failed", error: null, stages: [], seconds: 1, workflowId: "job-1" },
    };
    const check = (firstExecutionRunId: string) =>
      requireOwnRun(admitCloseRun({ ...close, firstExecutionRunId }, admission), root);
    check("first");
    assert.throws(() => check("second"), {
      name: "InvalidInputError",
      message:
        /Cannot close the run in .*: expected one that workflow "job-1" opened, found another's/,
    });
  });
});
