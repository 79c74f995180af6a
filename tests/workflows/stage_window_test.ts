import assert from "node:assert/strict";
import { createRandom } from "../../core/random.ts";
import { windowSize } from "../../workflows/stage_window.ts";
import { SHARD_SECONDS, simulateStage } from "./_simulated_stage.ts";

const SHARDS = 31_250;

/** Least share of the slots' time in which they compute, from the first shard to the last. */
const UTILISATION = 0.95;

for (const slots of [16, 64, 200, 400]) {
  Deno.test(`StageWindow keeps ${slots} slots at work, with short histories`, () => {
    const random = createRandom(1, "test/window", slots);
    const { utilisation, events, bytes, states, begun } = simulateStage({
      shards: SHARDS,
      slots,
      seconds: () => SHARD_SECONDS * Math.exp(0.3 * random.normal() - 0.045),
    });
    assert.equal(begun, SHARDS);
    assert.ok(utilisation >= UTILISATION, `${utilisation}`);
    assert.ok(events <= 10_000, `${events} events`);
    assert.ok(bytes <= 10e6, `${bytes} bytes`);
    assert.ok(states <= 100_000, `${states} bytes of state`);
  });
}

Deno.test("windowSize() lets some shards wait at the server, and no more", () => {
  const least = 16;
  assert.equal(windowSize({ least, slots: null, rivals: 1 }), 16);
  assert.equal(windowSize({ least, slots: 3, rivals: 1 }), 16);
  assert.equal(windowSize({ least, slots: 400, rivals: 1 }), 500);
  assert.equal(windowSize({ least, slots: 400, rivals: 10 }), 50);
  assert.equal(windowSize({ least, slots: 400, rivals: 100 }), 16);
  assert.ok(windowSize({ least, slots: 1e5, rivals: 1 }) < 2000); // a server's pending activities
});
