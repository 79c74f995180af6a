import assert from "node:assert/strict";
import { join } from "node:path";
import type { Blobs } from "../../../store/blobs/blobs.ts";
import { putProving } from "../../../store/blobs/blobs.ts";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import type { S3Credentials } from "../../../store/blobs/s3_settings.ts";
import { pythonEnvironment } from "../../../tools/python_env.ts";
import { goTool } from "../../../tools/go_tool.ts";
import { withDirectory } from "../_episodes.ts";
import { MemoryS3 } from "./_memory_s3.ts";
import { FaultProxy } from "./_fault_proxy.ts";
import { S3Server } from "./_s3_server.ts";

/** What every adapter of {@linkcode Blobs} does. */

const { python, reason } = await pythonEnvironment("s3");
const versitygw = await goTool("versitygw");

/** So short that a test meets them: parts, and waits between attempts. */
const LIMITS = { attempts: 9, firstWait: 2, partBytes: 300 };
/** The shortest parts that real stores join. */
const PART_BYTES = 5 << 20;

/** Keys that a URL must encode, and one that begins like another. */
const KEYS = ["zarr.json", "data/action/c.0.0", "data/actions", "meta/größe & 1+1=2 (é)!*'/c"];

Deno.test("FileBlobs behaves as objects do", () =>
  withDirectory((directory) => checkBlobs(new FileBlobs(join(directory, "objects")))));

Deno.test("S3Blobs behaves as objects do, with a store in memory", async () => {
  await using store = await MemoryS3.start();
  await checkBlobs(new S3Blobs({ bucket: "robots", prefix: "team/reach" }, store.settings));
  assert(store.requests.every((request) => /^\w+ \/robots(\/(team\/reach\/.*)?)?$/.test(request)));
});

Deno.test("S3Blobs behaves as objects do, in parts, with faults in a third of all requests", async () => {
  await using store = await MemoryS3.start();
  await using proxy = await FaultProxy.start(store.settings, { seed: 1, rate: 1 / 3 });
  await checkBlobs(new S3Blobs({ bucket: "robots", prefix: "reach" }, proxy.settings, LIMITS));
  assert(Object.values(proxy.met).every((count) => count > 0), JSON.stringify(proxy.met));
});

Deno.test({
  name: `S3Blobs behaves as objects do, with moto${reason === null ? "" : ` (skipped: ${reason})`}`,
  ignore: python === null,
  async fn() {
    await using moto = await S3Server.startMoto(python!);
    await checkServer(moto);
  },
});

Deno.test({
  name: `S3Blobs behaves as objects do, with versitygw${
    versitygw.reason === null ? "" : ` (skipped: ${versitygw.reason})`
  }`,
  ignore: versitygw.executables === null,
  fn: () =>
    withDirectory(async (directory) => {
      const { versitygw: executable } = versitygw.executables!;
      await using server = await S3Server.startVersitygw(executable!, directory);
      await checkServer(server);
      await checkRaceOfParts(server);
      await checkRefusals(server);
    }),
});

async function checkServer(server: S3Server): Promise<void> {
  const { settings } = server;
  await server.createBucket("robots");
  for (const prefix of ["team/reach", ""]) {
    await checkBlobs(new S3Blobs({ bucket: "robots", prefix }, settings));
  }
  await checkParts(
    new S3Blobs({ bucket: "robots", prefix: "parts" }, settings, {
      partBytes: PART_BYTES,
    }),
  );
  await using proxy = await FaultProxy.start(settings, { seed: 2, rate: 1 / 4 });
  const place = { bucket: "robots", prefix: "faults" };
  await checkBlobs(new S3Blobs(place, proxy.settings, { ...LIMITS, partBytes: PART_BYTES }));
}

/** Objects of several parts. */
async function checkParts(blobs: Blobs): Promise<void> {
  const object = new Uint8Array(2 * PART_BYTES + 1).fill(1);
  assert.equal(await blobs.put("large", object), true);
  assert.equal(await blobs.head("large"), object.length);
  assert.deepEqual(plain(await blobs.get("large", { last: 2 })), new Uint8Array([1, 1]));
  assert.equal(await blobs.put("large", object, { ifAbsent: true }), false);
  await blobs.remove("large");
}

/** Objects of several parts, which four write at once: moto's condition holds for one after another. */
async function checkRaceOfParts({ settings }: S3Server): Promise<void> {
  const blobs = new S3Blobs({ bucket: "robots", prefix: "race" }, settings, {
    partBytes: PART_BYTES,
  });
  const objects = Array.from({ length: 4 }, (_, i) => new Uint8Array(PART_BYTES + 1).fill(i));
  const race = objects.map((object) => blobs.put("race", object, { ifAbsent: true }));
  const winners = (await Promise.all(race)).flatMap((won, i) => won ? [i] : []);
  assert.equal(winners.length, 1);
  assert.deepEqual(plain(await blobs.get("race")), objects[winners[0]!]);
}

/** What a person gives wrongly is named by its code, which only a store that checks it tells. */
async function checkRefusals({ settings }: S3Server): Promise<void> {
  const right = settings.credentials as S3Credentials; // the server's are no identity
  const cases: readonly [bucket: string, credentials: S3Credentials, message: RegExp][] = [
    ["none-such", right, /found none of that name: create it/],
    ["robots", { ...right, accessKeyId: "x" }, /correct AWS_ACCESS_KEY_ID/],
    ["robots", { ...right, secretAccessKey: "x" }, /correct AWS_SECRET_ACCESS_KEY/],
  ];
  for (const [bucket, credentials, message] of cases) {
    const blobs = new S3Blobs({ bucket, prefix: "" }, { ...settings, credentials });
    await assert.rejects(blobs.put("a", new Uint8Array(1), { ifAbsent: true }), message);
    await assert.rejects(blobs.get("a"), message);
    await assert.rejects(keysOf(blobs, ""), message);
  }
  for (const bucket of ["none-such", "robots"]) {
    const credentials = bucket === "robots" ? { ...right, accessKeyId: "x" } : right;
    const blobs = new S3Blobs({ bucket, prefix: "" }, { ...settings, credentials });
    await assert.rejects(blobs.head("a"), /found none of that name|correct AWS_ACCESS_KEY_ID/);
  }
}

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
    await assert.rejects(async () => await blobs.get(key), { name: "InvalidInputError" });
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
