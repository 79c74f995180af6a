import { sha256Hex } from "../../../core/canonical.ts";
import type { Arithmetic } from "../../../core/episode.ts";
import { trainModel } from "../../../learn/mod.ts";
import { createMemorySource } from "../memory_source.ts";

/**
 * SHA-256 of every number of a short training's policy. Runs as a program too, so that a test can
 * start it under other flags.
 */
export async function trainDigest(arithmetic: Arithmetic): Promise<string> {
  const { policy } = await trainModel({
    model: "bc",
    parameters: { steps: 40, batch: 100, lr: 1e-2, hidden: [19, 24] },
    seed: 11,
    stream: "train",
    source: createMemorySource({ episodes: 20 }),
    checkpointEvery: 1000,
    validateEvery: 10,
    arithmetic,
  });
  const lines = Object.entries(policy.tensors).map(([name, { data }]) =>
    `${name} ${sha256Hex(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`
  );
  return sha256Hex(lines.sort().join("\n"));
}

if (import.meta.main) console.log(await trainDigest("plain"), await trainDigest("fma"));
