import assert from "node:assert/strict";
import { join } from "node:path";
import type { Blobs } from "../../../store/blobs/blobs.ts";
import { putProving } from "../../../store/blobs/blobs.ts";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import { pythonEnvironment } from "../../../tools/python_env.ts";
import { withDirectory } from "../_episodes.ts";
import { MemoryS3 } from "./_memory_s3.ts";
import { Moto } from "./_moto.ts";

/** What every adapter of {@linkcode Blobs} does. */

const { python, reason } = await pythonEnvironment("s3");

/** Keys that a URL must encode, and one that begins like another. */
const KEYS = ["zarr.json", "data/action/c.0.0", "data/actions", "meta/größe & 1+1=2 (é)!*'/c"];

Deno.test("FileBlobs behaves as objects do", () =>
  withDirectory((directory) => checkBlobs(new FileBlobs(join(directory, "objects")))));

Deno.test("S3Blobs behaves as objects do, with a store in memory", async () => {
  await using store = await MemoryS3.start();
  await checkBlobs(new S3Blobs({ bucket: "robots", prefix: "team/reach" }, store.settings));
  assert(store.requests.every((request) => /^\w+ \/robots(\/(team\/reach\/.*)?)?$/.test(request)));
});

Deno.test({
  name: `S3Blobs behaves as objects do, with moto${reason === null ? "" : ` (skipped: ${reason})`}`,
  ignore: python === null,
  async fn() {
    await using moto = await Moto.start(python!);
    await moto.createBucket("robots");
    for (const prefix of ["team/reach", ""]) {
      await checkBlobs(new S3Blobs({ bucket: "robots", prefix }, moto.settings));
    }
  },
});

async function checkBlobs(blobs: Blobs): Promise<void> {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
  const [key] = KEYS;
  for (const key of KEYS) {
    assert.equal(await blobs.get(key), null);
    assert.equal(await blobs.head(key), null);
    assert.equal(await blobs.put(key, bytes), true);
    assert.deepEqual(plain(await blobs.get(key)), bytes);
    assert.equal(await blobs.head(key), 1000);
  }
  const part = async (first: number, end: number) => plain(await blobs.get(key!, { first, end }));
  assert.deepEqual(await part(10, 20), bytes.subarray(10, 20));
  assert.deepEqual(await part(990, 2000), bytes.subarray(990));
  assert.deepEqual(await part(1000, 1001), new Uint8Array());
  assert.deepEqual(await part(5, 5), new Uint8Array());
  assert.deepEqual(plain(await blobs.get(key!, { last: 9 })), bytes.subarray(-9));
  assert.deepEqual(plain(await blobs.get(key!, { last: 5000 })), bytes);
  assert.equal(await blobs.get("none", { last: 9 }), null);

  assert.deepEqual(await keysOf(blobs, ""), [...KEYS].sort());
  assert.deepEqual(await keysOf(blobs, "data/action"), ["data/action/c.0.0", "data/actions"]);
  assert.deepEqual(await keysOf(blobs, "data/action/"), ["data/action/c.0.0"]);
  assert.deepEqual(await keysOf(blobs, "nothing"), []);

  assert.equal(await blobs.put(key!, bytes.subarray(1), { ifAbsent: true }), false);
  assert.equal(await blobs.head(key!), 1000);
  assert.equal(await blobs.put(key!, new Uint8Array()), true, "writes over what is there");
  assert.deepEqual(plain(await blobs.get(key!)), new Uint8Array());

  const race = Array.from(
    { length: 16 },
    (_, i) => blobs.put("race", new Uint8Array([i]), { ifAbsent: true }),
  );
  const winners = (await Promise.all(race)).flatMap((won, i) => won ? [i] : []);
  assert.equal(winners.length, 1);
  assert.deepEqual(plain(await blobs.get("race")), new Uint8Array(winners));
  assert.equal(await putProving(blobs, "proof", bytes), true);
  assert.equal(await putProving(blobs, "proof", bytes), false);

  for (const key of [...KEYS, "race", "proof", "none"]) await blobs.remove(key);
  assert.deepEqual(await keysOf(blobs, ""), []);
  for (const key of ["../x", "/x", "a//b", "a/./b", "", "a\nb"]) {
    await assert.rejects(async () => await blobs.get(key), { name: "RangeError" });
  }
}

async function keysOf(blobs: Blobs, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, size } of blobs.list(prefix)) {
    assert.equal(size, 1000, key);
    keys.push(key);
  }
  return keys.sort();
}

function plain(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes);
}
