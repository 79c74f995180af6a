import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import { StoreWriter } from "../../../store/zarr/writer.ts";
import { acquireLock, BucketRoot, trimWorkingRoot } from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";

const EXACT = { exact: true };

async function commitStage({ root }: BucketRoot, stage: string): Promise<void> {
  using writer = new StoreWriter(join(root, stage));
  await writer.write("data", new Uint8Array(10_000));
  await writer.commit({ kind: "train" });
}

Deno.test("trimWorkingRoot() drops what was used longest ago, and nothing else", () =>
  withDirectory(async (directory) => {
    const open = () => new BucketRoot(join(directory, "a"), new FileBlobs(join(directory, "b")));
    const bucket = open(), stages = ["1", "2", "3", "4", "5"].map((name) => `stages/${name}`);
    for (const stage of stages) await commitStage(bucket, stage);
    // The third one is nowhere else.
    for (const stage of stages.toSpliced(2, 1)) await bucket.push(stage, EXACT);
    for (const stage of stages) {
      await bucket.uses.hold(stage);
      await bucket.uses.release();
    }
    const reader = open();
    await reader.fill("stages/1", EXACT);
    await using _lock = await acquireLock(join(bucket.root, "stages/2"), "someone");
    assert.deepEqual(await trimWorkingRoot(bucket, 100_000), []);
    assert.deepEqual(await trimWorkingRoot(bucket, 45_000), ["stages/4"]);
    assert.deepEqual(await trimWorkingRoot(bucket, 1), ["stages/5"]);
    await reader.uses.release();
    assert.deepEqual(await trimWorkingRoot(bucket, 1), ["stages/1"]);
    assert.ok(["2", "3"].every((name) => existsSync(join(bucket.root, "stages", name, "data"))));
    await reader.fill("stages/1", EXACT);
    assert.ok(existsSync(join(bucket.root, "stages/1/data")));
    await reader.uses.release();
  }));
