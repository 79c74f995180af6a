import assert from "node:assert/strict";
import { copyData, typedData } from "../../core/episode.ts";

Deno.test("typedData() is the array itself, and says what it found instead", () => {
  const floats = new Float32Array(2);
  assert.equal(typedData(floats, Float32Array), floats);
  assert.throws(() => typedData(new Uint8Array(1), Float32Array), {
    name: "TypeError",
    message: "Cannot read a column: expected a Float32Array, found a Uint8Array",
  });
  assert.throws(() => typedData(undefined, Float64Array), /expected a Float64Array, found none/);
});

Deno.test("copyData() copies numbers and integers of 64 bits, and never mixes them", () => {
  const floats = new Float32Array(3), long = new BigInt64Array(2);
  copyData(floats, Float64Array.of(1, 2), 1);
  copyData(long, BigInt64Array.of(3n));
  assert.deepEqual([[...floats], [...long]], [[0, 1, 2], [3n, 0n]]);
  assert.throws(() => copyData(long, floats), { name: "TypeError" });
  assert.throws(() => copyData(floats, long), { name: "TypeError" });
});
