import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { clearTimes, lookup3 } from "../../../store/hdf5/times.ts";

const encoder = new TextEncoder();

Deno.test("lookup3() gives the values that its author's own program prints", () => {
  // driver5() of http://burtleburtle.net/bob/c/lookup3.c, with initial value 0.
  assert.equal(lookup3(encoder.encode("")), 0xdeadbeef);
  assert.equal(lookup3(encoder.encode("Four score and seven years ago")), 0x17770551);
});

/** A header with four times, of so many bytes of messages. */
function headerOf(size: number): Uint8Array {
  const random = createRandom(size, "test/header", 0);
  const bytes = new Uint8Array(6 + 16 + 1 + size + 4);
  bytes.set([...encoder.encode("OHDR"), 2, 0x20]);
  for (let at = 6; at < bytes.length - 4; at++) bytes[at] = random.integer(256);
  bytes[22] = size;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, lookup3(bytes.subarray(0, -4)), true);
  return bytes;
}

Deno.test("clearTimes() clears the times of headers, and nothing that only looks like one", () => {
  for (const size of [0, 1, 11, 12, 13, 120, 255]) {
    const header = headerOf(size), before = header.slice();
    const file = new Uint8Array([...encoder.encode("OHOHDR"), ...header, 1, 2, ...header]);
    assert.equal(clearTimes(file), 2);
    const found = file.subarray(6, 6 + header.length);
    assert.deepEqual([...found.subarray(6, 22)], Array(16).fill(0));
    assert.deepEqual(found.subarray(22, -4), before.subarray(22, -4));
    assert.equal(
      new DataView(found.slice().buffer).getUint32(found.length - 4, true),
      lookup3(found.subarray(0, -4)),
    );
    const damaged = headerOf(size);
    damaged[10]! ^= 1;
    const kept = damaged.slice();
    assert.equal(clearTimes(damaged), 0);
    assert.deepEqual(damaged, kept);
    for (let length = 0; length < header.length; length++) {
      assert.equal(clearTimes(headerOf(size).slice(0, length)), 0);
    }
  }
});
