import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import { StoreWriter } from "../../../store/zarr/writer.ts";
import {
  BucketRoot,
  commitManifest,
  fillCheckpoints,
  latestCheckpoint,
  mergeDatasets,
  openDataset,
  pruneCheckpoints,
  pushCheckpoints,
  readQuarantined,
  readStageCommit,
  saveCheckpoint,
  shardDirectory,
  verifyDirectory,
} from "../../../store/mod.ts";
import { withDirectory, writeChain } from "../_episodes.ts";

const EXACT = { exact: true }, INEXACT = { exact: false };

/** Working roots of several machines on one bucket, which is a directory here. */
async function withMachines(
  test: (machines: readonly [BucketRoot, BucketRoot], bucket: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const bucket = join(directory, "bucket");
    const open = (name: string) => new BucketRoot(join(directory, name), new FileBlobs(bucket));
    await test([open("a"), open("b")], bucket);
  });
}

/** Commits one file in a working root. */
async function commitText({ root }: BucketRoot, place: string, text: string): Promise<void> {
  using writer = new StoreWriter(join(root, place));
  await writer.write("text.txt", text);
  await writer.commit({ kind: "train" });
}

/** Commits a generate stage of three shards in a working root, and pushes it. */
async function pushShards(bucket: BucketRoot): Promise<void> {
  const stage = join(bucket.root, "stages/g");
  await writeChain(join(bucket.root, "stages"));
  await Deno.rename(join(bucket.root, "stages/generate"), stage);
  for (let shard = 0; shard < 3; shard++) {
    await bucket.push(`stages/g/shards/00000${shard}`, EXACT);
  }
  await commitManifest(stage, join(stage, "manifests/m"), { kind: "generate", lastShard: 2 });
  await bucket.push("stages/g/manifests/m", EXACT);
}

Deno.test("BucketRoot brings shards, and the manifest that names them, from machine to machine", () =>
  withMachines(async ([a, b]) => {
    assert.equal(await b.readStageCommit("stages/g/manifests/m"), null);
    await pushShards(a);
    const commit = await b.readStageCommit("stages/g/manifests/m");
    assert.equal(existsSync(b.root), false); // a look brings nothing
    const stored = await Array.fromAsync(b.storedShards("stages/g", { first: 1, end: 9 }));
    assert.deepEqual(stored.map(({ shard }) => shard).sort(), [1, 2]);
    assert.deepEqual(await b.fillStage("stages/g/manifests/m", EXACT), commit);
    const manifest = join(b.root, "stages/g/manifests/m");
    assert.deepEqual(await readStageCommit(manifest), commit);
    await b.blobs.remove("stages/g/shards/000001.zip");
    assert.equal(await b.readStageCommit("stages/g/manifests/m"), null);
  }));

Deno.test("BucketRoot keeps the files of a dataset under their own names", () =>
  withMachines(async ([a, b], bucket) => {
    const { generate } = await writeChain(a.root);
    const input = { name: "g", directory: generate, verdicts: null, lastShard: 2, limit: 20 };
    const split = { train: 1, validation: 0, test: 0 };
    const merged = join(a.root, "stages/m");
    await mergeDatasets(merged, [input], { seed: 1, stream: "merge", split });
    const { digest } = await a.push("stages/m", EXACT);
    const dataset = await openDataset(join(bucket, "stages/m"));
    assert.equal((await b.fill("stages/m", EXACT))?.digest, digest);
    assert.equal((await openDataset(join(b.root, "stages/m"))).steps, dataset.steps);
  }));

Deno.test("BucketRoot brings a commit of very many files with its index, however it is stored", () =>
  withMachines(async ([a, b], bucket) => {
    for (const [place, exactness] of [["stages/m", EXACT], ["stages/n", INEXACT]] as const) {
      using writer = new StoreWriter(join(a.root, place));
      for (let i = 0; i < 4100; i++) await writer.write(`data/x/c.${i}`, `${i}`);
      const { digest } = await writer.commit({ kind: "merge" });
      await a.push(place, exactness);
      assert.equal(existsSync(join(bucket, place, "commit.index")), exactness === EXACT);
      assert.deepEqual([...(await b.readCommit(place))!.files].length, 4100);
      assert.equal((await b.fill(place, exactness))?.digest, digest);
      const { faults, files } = await verifyDirectory(join(b.root, place));
      assert.deepEqual([faults, files], [[], 4100]);
    }
  }));

Deno.test("BucketRoot brings a manifest that goes without a shard", () =>
  withMachines(async ([a, b]) => {
    await pushShards(a);
    const quarantined = [{ shard: 1, kind: "generate", reason: "3 workers died of it" }],
      manifest = "stages/g/manifests/q";
    const info = { kind: "generate", lastShard: 2, quarantined };
    await commitManifest(join(a.root, "stages/g"), join(a.root, manifest), info);
    const commit = await a.push(manifest, EXACT);
    assert.deepEqual(await b.fillStage(manifest, EXACT), commit);
    assert.deepEqual(await readStageCommit(join(b.root, manifest)), commit);
    assert.deepEqual(readQuarantined(join(b.root, manifest), commit), quarantined);
  }));

Deno.test("BucketRoot.push() keeps the first of equal attempts", () =>
  withMachines(async (machines, bucket) => {
    for (const machine of machines) await commitText(machine, "stages/t", "same");
    const commits = await Promise.all(machines.map((machine) => machine.push("stages/t", EXACT)));
    assert.deepEqual(commits[0], commits[1]);
    assert.equal(readFileSync(join(bucket, "stages/t/text.txt"), "utf8"), "same");
  }));

Deno.test("BucketRoot.push() raises an alarm where exact work came out differently", () =>
  withMachines(async ([a, b], bucket) => {
    await commitText(a, "stages/t", "one");
    await commitText(b, "stages/t", "other");
    await a.push("stages/t", EXACT);
    await assert.rejects(b.push("stages/t", EXACT), {
      name: "ReproductionError",
      message: /^Cannot commit ".*\/stages\/t": expected digest .*: compare the machines/,
    });
    assert.equal(readFileSync(join(bucket, "stages/t/text.txt"), "utf8"), "one");
  }));

Deno.test("BucketRoot.push() gives way where inexact work came out differently", () =>
  withMachines(async ([a, b]) => {
    await commitText(a, "stages/t", "one");
    await commitText(b, "stages/t", "other");
    const first = await a.push("stages/t", INEXACT);
    assert.deepEqual(await b.push("stages/t", INEXACT), first);
    assert.equal(readFileSync(join(b.root, "stages/t/text.txt"), "utf8"), "one");
  }));

Deno.test("BucketRoot.push() completes a push that was cut short", () =>
  withMachines(async ([a, b]) => {
    await commitText(a, "stages/t", "text");
    await a.blobs.put("stages/t/text.txt", new TextEncoder().encode("text"));
    assert.equal(await b.readCommit("stages/t"), null);
    await a.push("stages/t", EXACT);
    assert.notEqual(await b.readCommit("stages/t"), null);
  }));

Deno.test("BucketRoot.fill() replaces what is here and not in the bucket", () =>
  withMachines(async ([a, b]) => {
    await commitText(a, "stages/t", "kept");
    await a.push("stages/t", INEXACT);
    await commitText(b, "stages/t", "cut short before it was pushed");
    await b.fill("stages/t", INEXACT);
    assert.equal(readFileSync(join(b.root, "stages/t/text.txt"), "utf8"), "kept");
  }));

Deno.test("BucketRoot.fill() never believes an object without its digest", () =>
  withMachines(async ([a, b], bucket) => {
    await pushShards(a);
    await commitText(a, "stages/t", "text");
    await a.push("stages/t", EXACT);
    const archive = shardDirectory(join(bucket, "stages/g"), 0) + ".zip";
    const bytes = readFileSync(archive);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(archive, bytes);
    writeFileSync(join(bucket, "stages/t/text.txt"), "Text");
    for (const place of ["stages/g/shards/000000", "stages/t"]) {
      await assert.rejects(b.fill(place, EXACT), { name: "DamagedStoreError" }, place);
      assert.equal(existsSync(join(b.root, place, "commit.json")), false);
    }
    assert.equal(existsSync(join(b.root, "stages/g/shards/000000.zip")), false);
  }));

Deno.test("checkpoints in a bucket are those of the machine that trains", () =>
  withMachines(async ([a, b], bucket) => {
    const tensors = { w: { shape: [2], data: Float32Array.of(1, 2) } };
    for (const step of [10, 20, 30]) {
      await saveCheckpoint(join(a.root, "stages/t"), step, { tensors, state: { step } });
      await pruneCheckpoints(join(a.root, "stages/t"), { keep: 2, best: null });
      await pushCheckpoints(a, "stages/t");
    }
    assert.equal(existsSync(join(bucket, "stages/t/checkpoints/10.zip")), false);
    await fillCheckpoints(b, "stages/t");
    const latest = await latestCheckpoint(join(b.root, "stages/t"));
    assert.equal(latest?.checkpoint.step, 30);
    assert.deepEqual(latest?.checkpoint.tensors, tensors);
    assert.ok(statSync(join(b.root, "stages/t/checkpoints/20")).isDirectory());
  }));
