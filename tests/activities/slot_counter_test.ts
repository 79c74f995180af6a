import assert from "node:assert/strict";
import { SeenWorkers } from "../../activities/slot_counter.ts";
import { hostOf, identityWithoutSlots, identityWithSlots } from "../../core/worker_identity.ts";

const MINUTE = 60_000;

Deno.test("SeenWorkers.add() counts workers that poll, and for a while those that do not", () => {
  const workers = new SeenWorkers();
  const [a, b] = [identityWithSlots("1@a", 16), identityWithSlots("2@b", 4)];
  assert.equal(workers.add([a, b], 0), 20);
  assert.equal(workers.add([a], 5 * MINUTE), 20); // b has long shards and no free slot
  assert.equal(workers.add([a], 11 * MINUTE), 16);
  assert.equal(workers.add(["3@c"], 12 * MINUTE), 17); // it says nothing of its slots
  assert.deepEqual(workers.hosts, ["a", "c"]);
});

Deno.test("identityWithoutSlots() gives the identity that identityWithSlots() was given", () => {
  for (const identity of ["12@host", "12@host~3", "a@b@c"]) {
    assert.equal(identityWithoutSlots(identityWithSlots(identity, 7)), identity);
  }
  assert.equal(hostOf(identityWithSlots("12@host", 7)), "host");
  assert.equal(hostOf(identityWithSlots("12@host/abcd1234/ef", 7)), "host");
});
