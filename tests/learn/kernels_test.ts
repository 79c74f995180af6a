import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createRandom } from "../../core/random.ts";
import { GEMM, instantiateKernels } from "../../learn/kernel_module.ts";

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

Deno.test("gemm() over packed operands is the product, for any number of terms", () => {
  const random = createRandom(1, "gemm", 0);
  for (const [m, n, k] of [[4, 8, 1], [8, 16, 3], [12, 8, 4], [4, 24, 7], [20, 40, 33]] as const) {
    const { kernels, memory } = instantiateKernels(1 << 20);
    const ld = Math.ceil(k / 8) * 8 + 8;
    const place = (address: number, rows: number, columns: number, stride: number) => {
      const view = new Float32Array(memory.buffer, address, rows * stride);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) view[i * stride + j] = Math.fround(random.normal());
      }
      return (i: number, j: number) => view[i * stride + j]!;
    };
    const A = 1 << 12, B = 1 << 14, C = 1 << 16, BIAS = 1 << 17, PA = 1 << 18, PB = 1 << 19;
    const bias = place(BIAS, 1, n, n);
    const products = (a: (i: number, k: number) => number, b: (k: number, j: number) => number) =>
      Array.from({ length: m * n }, (_, at) => {
        let sum = 0;
        for (let t = 0; t < k; t++) {
          // Each product and each sum is rounded, in order: the kernel must have the same bits.
          sum = Math.fround(sum + Math.fround(a(Math.floor(at / n), t) * b(t, at % n)));
        }
        return sum;
      });
    const result = () => [...new Float32Array(memory.buffer, C, m * n)];

    const a = place(A, m, k, ld), b = place(B, k, n, n);
    kernels.packRows(A, ld, m, k, PA);
    kernels.packColumns(B, n, k, n, PB);
    kernels.gemm(PA, PB, C, n, m, n, k, GEMM.store, 0);
    const plain = products(a, b);
    assert.deepEqual(result(), plain);
    kernels.gemm(PA, PB, C, n, m, n, k, GEMM.add, 0);
    assert.deepEqual(result(), plain.map((value) => Math.fround(2 * value)));
    kernels.gemm(PA, PB, C, n, m, n, k, GEMM.relu, BIAS);
    const biased = plain.map((value, at) => Math.fround(value + bias(0, at % n)));
    assert.deepEqual(result(), biased.map((value) => Math.max(0, value)));

    const at = place(A, k, m, m), bt = place(B, n, k, ld);
    kernels.packRowsTransposed(A, m, m, k, PA);
    kernels.packColumnsTransposed(B, ld, k, n, PB);
    kernels.gemm(PA, PB, C, n, m, n, k, GEMM.store, BIAS);
    const transposed = products((i, t) => at(t, i), (t, j) => bt(j, t));
    assert.deepEqual(
      result(),
      transposed.map((value, i) => Math.fround(value + bias(0, i % n))),
    );
  }
});

Deno.test("sumOfSquares() adds every element once", () => {
  const { kernels, memory } = instantiateKernels(1 << 16);
  for (const count of [8, 1016, 1024, 1032, 5000]) {
    const view = new Float32Array(memory.buffer, 64, count).fill(0.5);
    view[count - 1] = 2;
    assert.equal(kernels.sumOfSquares(64, count), (count - 1) * 0.25 + 4);
  }
});
