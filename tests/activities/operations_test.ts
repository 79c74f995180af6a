import assert from "node:assert/strict";
import { join } from "node:path";
import { JobRoot } from "./_job.ts";

Deno.test("OPERATIONS give the same digests in another data root", async () => {
  await using one = await JobRoot.open();
  await using other = await JobRoot.open();
  const digests: string[][] = [];
  for (const job of [one, other]) {
    await job.makeDataset();
    const { digest: policy } = await job.runWhole("train");
    const { digest: evaluation } = await job.runSharded("evaluate");
    digests.push([policy, evaluation]);
  }
  assert.deepEqual(digests[0], digests[1]);
});

Deno.test("OPERATIONS do not write again what is committed", async () => {
  await using job = await JobRoot.open();
  const first = await job.runSharded("generate");
  const file = join(job.directoryOf("generate"), "shards/000001/commit.json");
  const { ino } = await Deno.stat(file);
  const again = await job.runSharded("generate");
  assert.deepEqual([first.cached, again.cached, again.digest], [false, true, first.digest]);
  assert.equal((await Deno.stat(file)).ino, ino);
});

Deno.test("OPERATIONS.train, stopped, goes on from a checkpoint to the same bytes", async () => {
  await using whole = await JobRoot.open();
  await using stopped = await JobRoot.open();
  await whole.makeDataset();
  await stopped.makeDataset();
  const { digest } = await whole.runWhole("train");
  const stop = new AbortController();
  const checkpoints = join(stopped.directoryOf("train"), "checkpoints");
  const attempt = stopped.pool.run("train", stopped.task("train"), {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(attempt, { name: "AbortError" });
  assert.ok([...Deno.readDirSync(checkpoints)].length > 0);
  const result = await stopped.runWhole("train");
  assert.ok(result.resumedFrom! > 0 && result.resumedFrom! < 400, String(result.resumedFrom));
  assert.equal(result.digest, digest);
});
