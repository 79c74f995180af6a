import assert from "node:assert/strict";
import { join } from "node:path";
import { applyOverrides } from "../../../pipelines/mod.ts";
import { openDataset, readCommit, readShard, shardDirectory } from "../../../store/mod.ts";
import { JOB, JobRoot } from "../_job.ts";

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
  const file = join(job.directoryOf("generate"), "shards/000001.zip");
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
  assert.ok(result.resumedFrom! > 0 && result.resumedFrom! < 200, String(result.resumedFrom));
  assert.equal(result.digest, digest);
});

Deno.test("OPERATIONS.merge goes without the shards that a chain skipped, and says so", async () => {
  const job = applyOverrides(JOB, { set: ["generate.quarantine=skip"] });
  await using root = await JobRoot.open([], job);
  const quarantined = [{ shard: 1, kind: "generate", reason: "3 workers died of it" }];
  for (const name of ["generate", "validate"] as const) {
    const { digest, counts } = await root.runShards(name, [0, 2], quarantined);
    assert.deepEqual([counts["shards"], counts["candidates"], counts["quarantined"]], [2, 8, 1]);
    const commit = await readCommit(join(root.root, root.task(name).stage.commit));
    assert.equal(commit?.digest, digest);
    assert.ok(commit.files.has("quarantined.json"));
  }
  const { path, counts } = await root.runWhole("merge");
  assert.equal(counts["quarantined"], 1);
  const dataset = await openDataset(join(root.root, path));
  const candidates = await dataset.readEpisodes("candidate");
  assert.deepEqual(Array.from(candidates.data, Number), [0, 1, 2, 3, 8, 9, 10, 11]);
});

Deno.test("OPERATIONS.evaluate runs the same episodes again under test noise", async () => {
  await using job = await JobRoot.open();
  await job.makeDataset();
  await job.runWhole("train");
  const { metrics, counts } = await job.runSharded("evaluate_noisy");
  const directory = job.directoryOf("evaluate_noisy");
  const [clean, noisy] = await Promise.all(
    [0, 1].map((shard) => readShard(shardDirectory(directory, shard))),
  );
  assert.deepEqual(noisy!.table.episode["start_state"], clean!.table.episode["start_state"]);
  assert.equal(clean!.table.step["action_label"], undefined);
  assert.notDeepEqual(noisy!.table.step["action_label"], noisy!.table.step["action"]);
  const rate = (table: typeof clean) =>
    Array.from(table!.table.episode["success"]!.data, Number).reduce((a, b) => a + b) / 4;
  assert.equal(metrics["success_rate"], rate(clean));
  assert.equal(metrics["success_rate_noisy"], rate(noisy));
  // Reports show the episodes without noise: those of the first shards.
  assert.deepEqual([counts["shards"], counts["episodes"], counts["noisy_episodes"]], [1, 4, 4]);
});
