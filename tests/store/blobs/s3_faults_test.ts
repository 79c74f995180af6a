import assert from "node:assert/strict";
import { SluiceError } from "../../../core/errors.ts";
import { putProving } from "../../../store/blobs/blobs.ts";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import type { S3Limits } from "../../../store/blobs/s3_client.ts";
import { BEHIND, type Fault, MemoryS3, type MemoryS3Options, refusal } from "./_memory_s3.ts";

const BYTES = Uint8Array.from({ length: 5000 }, (_, i) => i);

const LIMITS = { attempts: 4, firstWait: 1, partBytes: 6000 };

/** Lets a test see a store that hangs. */
const IMPATIENT = { ...LIMITS, idle: 300 };

async function withStore(
  test: (store: MemoryS3, blobs: S3Blobs) => Promise<void>,
  { limits = LIMITS, ...options }: MemoryS3Options & { readonly limits?: S3Limits } = {},
): Promise<void> {
  await using store = await MemoryS3.start(options);
  await test(store, new S3Blobs({ bucket: "robots", prefix: "reach" }, store.settings, limits));
}

Deno.test("S3Blobs reads and writes whole objects through each fault of a store", () =>
  withStore(async (store, blobs) => {
    const puts: Fault[] = ["503", "broken", "unanswered"];
    const gets: Fault[] = ["503", "broken", "truncated", "stuck", "trickle"];
    for (const [at, fault] of puts.entries()) {
      store.faults = [fault];
      assert.equal(await blobs.put(`object-${at}`, BYTES), true);
    }
    for (const fault of gets) {
      store.faults = [fault, fault];
      const found = await blobs.get("object-0");
      assert.deepEqual(Uint8Array.from(found!), BYTES, String(fault));
    }
  }, { limits: IMPATIENT }));

Deno.test("S3Blobs.put() knows its own object where the first attempt was not answered", () =>
  withStore(async (store, blobs) => {
    store.faults = ["unanswered"];
    assert.equal(await blobs.put("commit.json", BYTES, { ifAbsent: true }), true);
    assert.deepEqual(store.requests.map((request) => request.split(" ")[0]), [
      "PUT",
      "PUT",
      "HEAD",
    ]);
    store.faults = ["503"];
    assert.equal(await blobs.put("commit.json", BYTES, { ifAbsent: true }), false, "another's");
    assert.deepEqual(store.objects.get("reach/commit.json"), BYTES);
  }));

/** An object of four parts. */
const LARGE = Uint8Array.from({ length: 20_000 }, (_, i) => i);

Deno.test("S3Blobs.put() uploads a large object in parts, of which each is repeated by itself", () =>
  withStore(async (store, blobs) => {
    store.faults = ["503", null, "broken", "unanswered"];
    assert.equal(await blobs.put("large", LARGE), true);
    assert.deepEqual(store.objects.get("reach/large"), LARGE);
    const methods = store.requests.map((request) => request.split(" ")[0]);
    const count = (method: string) => methods.filter((found) => found === method).length;
    // To begin: one is refused; four parts of which two are repeated; to join them.
    assert.deepEqual([count("POST"), count("PUT")], [3, 6]);
    assert.equal(store.uploads.size, 0);
    store.requests.length = 0;
    assert.equal(await blobs.put("large", LARGE, { ifAbsent: true }), false);
    assert.deepEqual(store.requests, ["HEAD /robots/reach/large"]);
  }));

Deno.test("S3Blobs.put() knows its own object where the joining of its parts was not answered", () =>
  withStore(async (store, blobs) => {
    store.faults = [...Array<null>(7).fill(null), "unanswered"];
    assert.equal(await blobs.put("large", LARGE, { ifAbsent: true }), true);
    assert.deepEqual(store.objects.get("reach/large"), LARGE);
    assert.equal(store.requests.at(-1), "HEAD /robots/reach/large");
  }));

Deno.test("S3Blobs.put() drops an upload that another was faster than, or that failed", () =>
  withStore(async (store, blobs) => {
    const race = [1, 2].map((byte) =>
      blobs.put("race", LARGE.slice().fill(byte), { ifAbsent: true })
    );
    assert.deepEqual((await Promise.all(race)).sort(), [false, true]);
    const joining = Array<null>(7).fill(null);
    const late = "<Error><Code>InternalError</Code></Error>"; // said with 200, after a while
    store.faults = [...joining, { status: 200, body: late }];
    assert.equal(await blobs.put("late", LARGE, { ifAbsent: true }), true);
    store.faults = [...joining, {
      status: 200,
      body: late.replace("InternalError", "InvalidPart"),
    }];
    await assert.rejects(blobs.put("refused", LARGE, { ifAbsent: true }), {
      name: "StoreAccessError",
      message: /refused it with status 200 InvalidPart/,
    });
    assert.deepEqual([...store.objects.keys()], ["reach/race", "reach/late"]);
    assert.equal(store.uploads.size, 0);
  }));

Deno.test("S3Blobs says what failed when no attempt succeeds", () =>
  withStore(async (store, blobs) => {
    const cases: readonly [Fault, string][] = [
      ["503", "status 503 SlowDown"],
      ["broken", "a connection that broke, or was refused"],
      ["stuck", "nothing for 0.3 s"],
      ["trickle", "less than 50 kB/s"],
    ];
    await blobs.put("a", BYTES);
    for (const [fault, found] of cases) {
      store.faults = Array.from({ length: 20 }, () => fault); // fetch() tries some again itself
      await assert.rejects(blobs.get("a"), {
        name: "TransientStoreError",
        message:
          `Cannot read "s3://robots/reach/a": expected an answer of the store, found ${found} ` +
          "in each of 4 attempts: look at the store and the network, and run again; what is " +
          "committed stays",
      });
    }
  }, { limits: IMPATIENT }));

Deno.test("S3Blobs says in one message each what a person must correct", () =>
  withStore(async (store, blobs) => {
    const cases: readonly [Fault, string, RegExp][] = [
      [
        refusal(404, "NoSuchBucket"),
        "InvalidInputError",
        /expected a bucket, found none of that name: create it/,
      ],
      [refusal(403, "InvalidAccessKeyId"), "InvalidInputError", /correct AWS_ACCESS_KEY_ID/],
      [refusal(403, "SignatureDoesNotMatch"), "InvalidInputError", /correct AWS_SECRET_ACCESS_KEY/],
      [refusal(400, "ExpiredToken"), "InvalidInputError", /found that they have expired/],
      [
        refusal(403, "RequestTimeTooSkewed", BEHIND),
        "StoreAccessError",
        /expected this machine's clock within 15 minutes of the store's, found it 20 minutes behind: set/,
      ],
      [
        refusal(403, "AccessDenied"),
        "StoreAccessError",
        /expected permission .* found none \(AccessDenied\)/,
      ],
      [refusal(301, "PermanentRedirect"), "InvalidInputError", /set AWS_REGION to the bucket's/],
      [
        refusal(405, "MethodNotAllowed"),
        "StoreAccessError",
        /status 405 MethodNotAllowed: no: look/,
      ],
      [refusal(418, ""), "StoreAccessError", /refused it with status 418: no: look at the store/],
    ];
    for (const [fault, name, message] of cases) {
      store.faults = [fault];
      await assert.rejects(blobs.put("a", BYTES), (error) => {
        assert(error instanceof SluiceError);
        assert.equal(error.name, name);
        assert.match(error.message, message);
        assert(!/secret"|key"/.test(error.message));
        return true;
      });
    }
    assert.deepEqual(store.objects.size, 0);
  }));

Deno.test("putProving() refuses a store that ignores If-None-Match", () =>
  withStore(async (_, blobs) => {
    await assert.rejects(putProving(blobs, "a", BYTES), {
      name: "InvalidInputError",
      message:
        /"s3:\/\/robots\/reach": expected a store that honours If-None-Match, found one that ignores it/,
    });
  }, { conditional: false }));

Deno.test("S3Blobs.list() refuses what lies outside its prefix", () =>
  withStore(async (store, blobs) => {
    const body =
      "<ListBucketResult><Contents><Key>other/secret</Key><Size>1</Size></Contents></ListBucketResult>";
    store.faults = [{ status: 200, body }];
    await assert.rejects(async () => {
      for await (const _ of blobs.list("")) { /* the first is refused */ }
    }, {
      name: "StoreAccessError",
      message: /expected objects below the prefix, found "other\/secret"/,
    });
  }));
