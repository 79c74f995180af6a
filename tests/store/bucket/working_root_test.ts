import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import { openBucketRoot, readRootFile } from "../../../store/mod.ts";
import { encodeRecord } from "../../../store/files/records.ts";
import { MemoryS3, refusal } from "../blobs/_memory_s3.ts";
import { withDirectory } from "../_episodes.ts";

const ID = "0d7c6a3e-52a1-4b8e-9f0a-3c1de2f4a5b6";
const NEW = { id: ID, above: () => [] };

/** Objects of a directory, with the place that a bucket would have. */
function objects(directory: string): FileBlobs {
  return new FileBlobs(join(directory, "bucket"));
}

async function put(blobs: FileBlobs, key: string, text: string): Promise<void> {
  await blobs.put(key, new TextEncoder().encode(text));
}

Deno.test("openBucketRoot() gives all machines the same root, and each a directory for itself", () =>
  withDirectory(async (directory) => {
    const blobs = objects(directory);
    const machines = ["a", "b", "c"].map((name) => join(directory, name));
    const opened = await Promise.all(
      machines.map((cache) =>
        openBucketRoot(blobs, { cache, create: { id: crypto.randomUUID(), above: () => [] } })
      ),
    );
    const ids = opened.map(({ root }) => readRootFile(root)?.id);
    assert.equal(new Set(ids).size, 1);
    assert.deepEqual(opened.map(({ root }) => root), machines.map((cache) => join(cache, ids[0]!)));
    for (const { root } of opened) assert.equal(statSync(root).mode & 0o777, 0o700);
    const again = await openBucketRoot(blobs, { cache: machines[0]! });
    assert.equal(again.root, opened[0]!.root);
  }));

Deno.test("openBucketRoot() takes the root that another machine makes while it looks", () =>
  withDirectory(async (directory) => {
    const blobs = objects(directory);
    /** A bucket in which a root appears after it was found to have none. */
    class Late extends FileBlobs {
      override async *list(prefix: string) {
        await openBucketRoot(blobs, { cache: join(directory, "first"), create: NEW });
        yield* super.list(prefix);
      }
    }
    const late = new Late(join(directory, "bucket"));
    const create = { id: crypto.randomUUID(), above: () => [] };
    const { root } = await openBucketRoot(late, { cache: join(directory, "second"), create });
    assert.equal(readRootFile(root)?.id, ID);
  }));

Deno.test("openBucketRoot() says what a person must correct", () =>
  withDirectory(async (directory) => {
    const cache = join(directory, "cache"), blobs = objects(directory);
    const root = encodeRecord({ schema: 1, id: ID, place: "s3://robots/elsewhere" });
    const cases: readonly (readonly [name: string, content: string | null, message: RegExp])[] = [
      ["InvalidInputError", null, /expected a data directory, found none: correct SLUICE_HOME/],
      ["InvalidInputError", root, /expected it at s3:\/\/robots\/elsewhere, where it was made/],
      ["SchemaVersionError", '{"schema": 2}', /expected schema 1, found 2: use the version/],
      ["DamagedStoreError", root.replace("else", "any"), /another checksum .*: put the object/],
      ["DamagedStoreError", "no JSON", /text that is no JSON object: put the object back/],
    ];
    for (const [name, content, message] of cases) {
      if (content !== null) await put(blobs, "root.json", content);
      await assert.rejects(openBucketRoot(blobs, { cache }), { name, message });
    }
  }));

Deno.test("openBucketRoot() makes no root among other objects", () =>
  withDirectory(async (directory) => {
    const blobs = objects(directory);
    await put(blobs, "photos/1.jpg", "");
    await assert.rejects(openBucketRoot(blobs, { cache: join(directory, "cache"), create: NEW }), {
      name: "InvalidInputError",
      message: /expected no objects there, found "photos\/1\.jpg", and no root\.json: choose/,
    });
  }));

Deno.test("openBucketRoot() makes no root in another, where it may look for one", () =>
  withDirectory(async (directory) => {
    const cache = join(directory, "cache");
    await using store = await MemoryS3.start();
    const at = (prefix: string) => new S3Blobs({ bucket: "robots", prefix }, store.settings);
    await openBucketRoot(at("team"), { cache, create: NEW });
    const inner = { id: crypto.randomUUID(), above: () => ["", "team"].map(at) };
    await assert.rejects(openBucketRoot(at("team/arm"), { cache, create: inner }), {
      name: "InvalidInputError",
      message: /"s3:\/\/robots\/team\/arm": .* found that of s3:\/\/robots\/team: set SLUICE_HOME=/,
    });
    const hidden = refusal(403, "AccessDenied");
    store.faults = [null, null, hidden, hidden]; // two looks at the new place come before
    await openBucketRoot(at("team/arm"), { cache, create: inner });
    assert.ok(store.objects.has("team/arm/root.json"));
  }));

Deno.test("openBucketRoot() refuses a store that ignores If-None-Match, new or replaced", () =>
  withDirectory(async (directory) => {
    await using store = await MemoryS3.start({ conditional: false });
    const blobs = new S3Blobs({ bucket: "robots", prefix: "" }, store.settings);
    const cache = join(directory, "cache");
    for (let time = 0; time < 2; time++) {
      await assert.rejects(openBucketRoot(blobs, { cache, create: NEW }), {
        name: "InvalidInputError",
        message: /honours If-None-Match, found one that ignores it/,
      });
    }
  }));
