import assert from "node:assert/strict";
import { join } from "node:path";
import { defaultPayloadConverter } from "@temporalio/common";
import { DamagedStoreError } from "../../core/errors.ts";
import {
  PAYLOADS,
  removeOldPayloads,
  StoredPayloads,
} from "../../infra/temporal/stored_payloads.ts";

/** A plan of that many characters. */
function payloadOf(length: number) {
  return defaultPayloadConverter.toPayload({ text: "ü".repeat(length) })!;
}

Deno.test("StoredPayloads keeps large payloads in files, and small ones as they are", async () => {
  const root = await Deno.makeTempDir();
  try {
    const codec = new StoredPayloads(root);
    const small = payloadOf(100), large = payloadOf(300_000);
    const encoded = await codec.encode([small, large, payloadOf(300_000)]);
    assert.equal(encoded[0], small);
    assert.ok(encoded.slice(1).every(({ data }) => data!.length === 64));
    const files = [...Deno.readDirSync(join(root, PAYLOADS))];
    assert.equal(files.length, 1); // equal ones are one
    const decoded = await codec.decode(encoded);
    for (const [at, payload] of [small, large, large].entries()) {
      assert.deepEqual(
        defaultPayloadConverter.fromPayload(decoded[at]!),
        defaultPayloadConverter.fromPayload(payload),
      );
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("StoredPayloads takes nothing but what its digest says, from its directory", async () => {
  const root = await Deno.makeTempDir();
  try {
    const codec = new StoredPayloads(root);
    const [encoded] = await codec.encode([payloadOf(300_000)]);
    const digest = new TextDecoder().decode(encoded!.data!);
    await assert.rejects(codec.decode([{ ...encoded!, data: bytes("../../server.json") }]), {
      name: DamagedStoreError.name,
    });
    await assert.rejects(codec.decode([{ ...encoded!, data: bytes("0".repeat(64)) }]), {
      name: DamagedStoreError.name,
    });
    await Deno.writeTextFile(join(root, PAYLOADS, digest), "{}\nother");
    await assert.rejects(codec.decode([encoded!]), /other bytes/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("removeOldPayloads() removes what no run can need any more", async () => {
  const root = await Deno.makeTempDir();
  try {
    assert.deepEqual(removeOldPayloads(root, { now: new Date(), dryRun: false }), []);
    const codec = new StoredPayloads(root);
    await codec.encode([payloadOf(300_000)]);
    const soon = new Date(Date.now() + 99 * 24 * 3600 * 1000);
    assert.deepEqual(removeOldPayloads(root, { now: soon, dryRun: false }), []);
    const later = new Date(Date.now() + 101 * 24 * 3600 * 1000);
    assert.equal(removeOldPayloads(root, { now: later, dryRun: true }).length, 1);
    assert.equal(removeOldPayloads(root, { now: later, dryRun: false }).length, 1);
    assert.deepEqual([...Deno.readDirSync(join(root, PAYLOADS))], []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
