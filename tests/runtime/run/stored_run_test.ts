import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { completeFromStore } from "../../../runtime/run/stored_run.ts";
import type { ProgressView } from "../../../runtime/run/progress.ts";
import { JobRoot } from "../../activities/_job.ts";

Deno.test("completeFromStore() ends a run that finds every stage stored, and only such a run", async () => {
  await using job = await JobRoot.open();
  const { root, plan } = job, views: ProgressView[] = [];
  const prepared = { root, plan, build: "test", changes: {} };
  const complete = () =>
    completeFromStore(prepared, {
      command: "deno task pipeline job",
      signal: new AbortController().signal,
      onProgress: (view) => views.push(view),
    });
  const first = await job.makeRun();
  const second = await complete();
  assert.equal(second?.status, "completed");
  assert.equal(second.run, first.run + 1);
  assert.deepEqual(
    Object.entries(second.stages).map(([name, { digest, cached }]) => [name, digest, cached]),
    Object.entries(first.stages).map(([name, { digest }]) => [name, digest, true]),
  );
  for (const file of ["run.json", "plan.json", "report.html", "stages/train/commit.json"]) {
    assert.ok(existsSync(join(root, second.directory, file)), file);
  }
  assert.deepEqual(views.map(({ stages }) => stages.map(({ state }) => state)), [
    plan.stages.map(() => "cached"),
  ]);

  await Deno.remove(join(root, plan.stages.at(-1)!.commit), { recursive: true });
  assert.equal(await complete(), null);
  assert.equal(existsSync(join(root, "runs/job/0003")), false);
});
