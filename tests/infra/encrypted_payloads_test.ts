import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { defaultPayloadConverter, type Payload } from "@temporalio/common";
import { codecKeys, EncryptedPayloads } from "../../infra/temporal/encrypted_payloads.ts";

/** Keys of 32 bytes: 0, 1, 2 … and 1, 2, 3 …. */
const [FIRST, SECOND] = [0, 1].map((start) =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => i + start)).toString("base64")
);

function codecOf(...keys: (string | undefined)[]): EncryptedPayloads {
  return new EncryptedPayloads(codecKeys({ SLUICE_CODEC_KEY: keys.join(",") }));
}

function payloadOf(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value)!;
}

Deno.test("EncryptedPayloads shows nothing of a payload but its length, and decodes it", async () => {
  const codec = codecOf(FIRST), plain = payloadOf({ seed: 7, secret: "canary" });
  const encoded = await codec.encode([plain, plain]);
  for (const { data, metadata } of encoded) {
    assert.ok(!Buffer.from(data!).includes("canary"));
    assert.deepEqual(Object.keys(metadata!), ["encoding", "encryption-key-id"]);
  }
  assert.notDeepEqual(encoded[0]!.data, encoded[1]!.data); // each has a nonce of its own
  for (const decoded of await codec.decode(encoded)) {
    assert.deepEqual(defaultPayloadConverter.fromPayload(decoded), { seed: 7, secret: "canary" });
  }
});

Deno.test("EncryptedPayloads decodes what encrypt_payload.py encrypted", async () => {
  const golden = JSON.parse(
    await Deno.readTextFile(new URL("encrypted_payload.json", import.meta.url)),
  );
  const payload = {
    metadata: {
      "encoding": Buffer.from("binary/encrypted"),
      "encryption-key-id": Buffer.from(golden.keyId),
    },
    data: Buffer.from(golden.data, "base64"),
  };
  const [decoded] = await codecOf(FIRST).decode([payload]);
  assert.deepEqual(defaultPayloadConverter.fromPayload(decoded!), golden.value);
});

Deno.test("EncryptedPayloads decodes with any key, and plain payloads from before there was one", async () => {
  const plain = payloadOf("plain");
  const [old] = await codecOf(FIRST).encode([payloadOf("old")]);
  const rotated = await codecOf(SECOND, FIRST).decode([old!, plain]);
  assert.deepEqual(rotated.map((one) => defaultPayloadConverter.fromPayload(one)), [
    "old",
    "plain",
  ]);
  const none = codecOf();
  assert.deepEqual(await none.encode([plain]), [plain]);
  await assert.rejects(none.decode([old!]), {
    name: "SluiceError",
    message: /expected key 630dcd2966c43366 in SLUICE_CODEC_KEY, found no key: set the variable/,
  });
  await assert.rejects(codecOf(SECOND).decode([old!]), /found [0-9a-f]{16}: set the variable/);
});

Deno.test("EncryptedPayloads refuses bytes that someone changed", async () => {
  const codec = codecOf(FIRST);
  const [encoded] = await codec.encode([payloadOf("x")]);
  const data = encoded!.data!;
  for (const at of [0, 20, data.length - 1]) {
    const changed = data.slice();
    changed[at]! ^= 1;
    await assert.rejects(codec.decode([{ ...encoded, data: changed }]), /found others/);
  }
  await assert.rejects(codec.decode([{ ...encoded, data: data.slice(0, 5) }]), /found others/);
});

Deno.test("codecKeys() refuses what is no key, without showing it", () => {
  for (const text of ["canary", Buffer.alloc(16).toString("base64"), `${FIRST},canary`]) {
    assert.throws(() => codecKeys({ SLUICE_CODEC_KEY: text }), (error: Error) => {
      assert.equal(error.name, "InvalidInputError");
      assert.match(error.message, /expected keys of 32 bytes in base64, found one of \d+ bytes/);
      return !error.message.includes("canary");
    });
  }
  assert.deepEqual(codecKeys({}), []);
});
