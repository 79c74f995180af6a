import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Arithmetic, ARITHMETICS } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import { PRODUCT } from "../../learn/kernels/kernels.ts";
import { createKernels } from "../../learn/kernels/open.ts";

Deno.test("kernels.wasm is what its sources compile to", async () => {
  const tools = new URL("../../tools/kernels/", import.meta.url);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--check", "--frozen", "--config", fileURLToPath(new URL("deno.json", tools))],
      ...["--allow-read", "--allow-env", fileURLToPath(new URL("check_kernels.ts", tools))],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});

/** a·b + c, with the roundings of a class. */
const MULTIPLY_ADD: Readonly<Record<Arithmetic, (a: number, b: number, c: number) => number>> = {
  plain: (a, b, c) => Math.fround(c + Math.fround(a * b)),
  fma: roundOnce,
};

/** The product is exact in f64; the sum is rounded to odd, so that rounding it again errs nowhere. */
function roundOnce(a: number, b: number, c: number): number {
  const product = a * b, sum = new Float64Array([product + c]), [s] = sum;
  const added = s! - product, error = (product - (s! - added)) + (c - added);
  const bits = new BigInt64Array(sum.buffer);
  if (error !== 0 && bits[0]! % 2n === 0n) bits[0]! += (error > 0) === (s! > 0) ? 1n : -1n;
  return Math.fround(sum[0]!);
}

for (const arithmetic of ARITHMETICS) {
  Deno.test(`product() is the product in class ${arithmetic}, for any number of terms`, () => {
    const random = createRandom(1, "product", 0), multiplyAdd = MULTIPLY_ADD[arithmetic];
    const shapes = [[4, 8, 1], [8, 16, 3], [12, 8, 4], [4, 24, 7], [20, 40, 33], [16, 72, 9]];
    for (const [m, n, k] of shapes as [number, number, number][]) {
      const kernels = createKernels(1 << 20, arithmetic), { buffer } = kernels.memory;
      const ld = Math.ceil(k / 8) * 8 + 8;
      const place = (address: number, rows: number, columns: number, stride: number) => {
        const view = new Float32Array(buffer, address, rows * stride);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) view[i * stride + j] = Math.fround(random.normal());
        }
        return (i: number, j: number) => view[i * stride + j]!;
      };
      const A = 1 << 12, B = 1 << 14, C = 1 << 16, BIAS = 1 << 17, SCRATCH = 1 << 18, PB = 1 << 19;
      const bias = place(BIAS, 1, n, n);
      const products = (a: (i: number, k: number) => number, b: (k: number, j: number) => number) =>
        Array.from({ length: m * n }, (_, at) => {
          let sum = 0;
          for (let t = 0; t < k; t++) {
            sum = multiplyAdd(a(Math.floor(at / n), t), b(t, at % n), sum);
          }
          return sum;
        });
      const result = () => [...new Float32Array(buffer, C, m * n)];

      const a = place(A, m, k, ld), b = place(B, k, n, n);
      kernels.packRight(B, n, k, n, PB);
      kernels.product(A, ld, 0, PB, C, n, m, n, k, PRODUCT.store, 0, SCRATCH);
      const whole = products(a, b);
      assert.deepEqual(result(), whole);
      kernels.product(A, ld, 0, PB, C, n, m, n, k, PRODUCT.add, 0, SCRATCH);
      assert.deepEqual(result(), whole.map((value) => Math.fround(2 * value)));
      kernels.product(A, ld, 0, PB, C, n, m, n, k, PRODUCT.relu, BIAS, SCRATCH);
      const biased = whole.map((value, at) => Math.fround(value + bias(0, at % n)));
      assert.deepEqual(result(), biased.map((value) => Math.max(0, value)));

      const at = place(A, k, m, m + 8 - m % 8), bt = place(B, n, k, ld);
      kernels.packRightTransposed(B, ld, k, n, PB);
      kernels.product(A, m + 8 - m % 8, 1, PB, C, n, m, n, k, PRODUCT.store, BIAS, SCRATCH);
      const transposed = products((i, t) => at(t, i), (t, j) => bt(j, t));
      assert.deepEqual(
        result(),
        transposed.map((value, i) => Math.fround(value + bias(0, i % n))),
      );
    }
  });

  Deno.test(`sumGradients() adds every element once in class ${arithmetic}`, () => {
    const kernels = createKernels(1 << 17, arithmetic), { buffer } = kernels.memory;
    const SQUARES = 1 << 16;
    for (const count of [8, 1016, 1024, 1032, 5000]) {
      for (const parts of [1, 2, 3]) {
        for (let part = 0; part < parts; part++) {
          new Float32Array(buffer, 64 + part * 20_032, count).fill(0.5 / parts)[count - 1] = 2 /
            parts;
        }
        kernels.sumGradients(64, 20_032, parts, count, SQUARES);
        const squares = new Float64Array(buffer, SQUARES, Math.ceil(count / 1024));
        const sum = squares.reduce((total, square) => total + square, 0);
        assert.ok(Math.abs(sum - (count - 1) * 0.25 - 4) < 1e-4);
        if (parts === 1) assert.equal(sum, (count - 1) * 0.25 + 4);
      }
    }
  });
}
