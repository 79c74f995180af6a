import assert from "node:assert/strict";
import { createRandom, philox4x32 } from "../../core/random.ts";

/** `philox4x32 10` of `tests/kat_vectors` in D. E. Shaw Research's Random123 1.14. */
const VECTORS = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    out: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    out: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    out: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

Deno.test("philox4x32() gives the published vectors", () => {
  for (const { counter, key, out } of VECTORS) {
    const found = new Uint32Array(4);
    philox4x32(Uint32Array.from(counter), Uint32Array.from(key), found);
    assert.deepEqual([...found], out);
  }
});

function draws(seed: number, stream: string, index: number, count = 8): number[] {
  const random = createRandom(seed, stream, index);
  return Array.from({ length: count }, () => random.uint32());
}

Deno.test("createRandom() gives the same draws for the same arguments, and others for others", () => {
  assert.deepEqual(draws(1, "generate/start", 7), draws(1, "generate/start", 7));
  const other = [
    draws(2, "generate/start", 7),
    draws(1, "generate/noise", 7),
    draws(1, "generate/start", 8),
    draws(1, "generate/start", 7 + 2 ** 32),
  ];
  for (const sequence of other) assert.notDeepEqual(sequence, draws(1, "generate/start", 7));
});

Deno.test("createRandom() gives no draw of one index to another", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 200; index++) {
    const sequence = draws(3, "s", index, 40);
    for (let i = 0; i < sequence.length; i += 4) seen.add(sequence.slice(i, i + 4).join());
  }
  assert.equal(seen.size, 200 * 10);
});

Deno.test("createRandom() refuses seeds and indices that are no such integer", () => {
  for (const value of [-1, 0.5, NaN, 2 ** 53]) {
    assert.throws(() => createRandom(value, "s", 0), RangeError);
    assert.throws(() => createRandom(0, "s", value), RangeError);
  }
});

/** Mean and variance of some draws. */
function moments(draw: () => number, count = 20_000): readonly [number, number] {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count];
}

Deno.test("uniform() stays in [low, high) with the moments of that range", () => {
  const random = createRandom(11, "uniform", 0);
  const [mean, variance] = moments(() => {
    const value = random.uniform(-2, 4);
    assert.ok(value >= -2 && value < 4);
    return value;
  });
  assert.ok(Math.abs(mean - 1) < 0.05, `mean ${mean}`);
  assert.ok(Math.abs(variance - 3) < 0.1, `variance ${variance}`);
});

Deno.test("normal() has mean 0 and variance 1", () => {
  const random = createRandom(12, "normal", 0);
  const [mean, variance] = moments(() => random.normal());
  assert.ok(Math.abs(mean) < 0.03, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.05, `variance ${variance}`);
});

Deno.test("integer() gives every value below its bound about as often", () => {
  const random = createRandom(13, "integer", 0);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 14_000; i++) counts[random.integer(7)]!++;
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, `counts ${counts}`);
});
