import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import {
  createMemory,
  describeKernels,
  findKernels,
  KERNELS_DIRECTORY,
} from "../../learn/kernels/choice.ts";
import manifest from "../../learn/kernels/fma/manifest.json" with { type: "json" };
import { type Kernels, POINTWISE } from "../../learn/kernels/kernels.ts";
import { ANSWER_BYTES, knownAnswer } from "../../learn/kernels/known_answer.ts";
import {
  bindNativeKernels,
  LIBRARIES,
  type NativeVectors,
  openLibrary,
} from "../../learn/kernels/native.ts";
import { bindWasmKernels, wasmFile } from "../../learn/kernels/wasm.ts";
import { buildFmaKernels, hashSources, sha256 } from "../../tools/build_fma_kernels.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";

const library = LIBRARIES[`${Deno.build.os}-${Deno.build.arch}`];

/** Every implementation that this machine has, the oracle first, each on a memory of its own. */
function implementations(bytes: number): ReadonlyMap<string, Kernels> {
  const found = new Map<string, Kernels>();
  const natives: readonly NativeVectors[] = library === undefined
    ? []
    : ["scalar", ...library.vectors];
  for (const vectors of natives) {
    const opened = openLibrary(new URL(library!.file, KERNELS_DIRECTORY), vectors);
    if (opened.fits) found.set(vectors, bindNativeKernels(opened, createMemory(bytes)));
  }
  for (const name of ["relaxed", "emulated"] as const) {
    const file = Deno.readFileSync(new URL(wasmFile(name), KERNELS_DIRECTORY));
    found.set(name, bindWasmKernels(new WebAssembly.Module(file), createMemory(bytes)));
  }
  return found;
}

Deno.test("libraries and modules of class fma are those of the manifest", async () => {
  assert.deepEqual(await hashSources(), manifest.sources, "run: deno task kernels");
  let native = 0;
  for (const [file, expected] of Object.entries(manifest.files)) {
    const bytes = await Deno.readFile(new URL(file, KERNELS_DIRECTORY));
    assert.equal(sha256(bytes), expected, file);
    if (!file.endsWith(".wasm")) native += bytes.length;
  }
  assert.ok(native <= 200_000, `${native} bytes of libraries`);
  const sources = await Promise.all(
    Object.keys(manifest.sources).map((name) =>
      Deno.readTextFile(new URL(name, KERNELS_DIRECTORY))
    ),
  );
  assert.ok(sources.join("").split("\n").length - 1 <= 500, "lines of C");
});

const { python, reason } = await pythonEnvironment("kernels");
Deno.test({
  name: `libraries and modules of class fma are what their sources compile to${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: async () => {
    const built = await buildFmaKernels(python!);
    const hashes = Object.entries(built).map(([file, bytes]) => [file, sha256(bytes)]);
    assert.deepEqual(Object.fromEntries(hashes), manifest.files, "run: deno task kernels");
  },
});

Deno.test("knownAnswer() is the one committed of every implementation", () => {
  for (const [name, kernels] of implementations(ANSWER_BYTES)) {
    assert.equal(knownAnswer(kernels), manifest.knownAnswer, name);
  }
});

Deno.test("findKernels() says which implementation runs, and takes the next of one that is damaged", async () => {
  // A folder that `--allow-ffi` names.
  const dir = fileURLToPath(new URL("../../node_modules/", import.meta.url));
  const directory = await Deno.makeTempDir({ dir });
  try {
    await cp(fileURLToPath(KERNELS_DIRECTORY), directory, { recursive: true });
    const at = pathToFileURL(`${directory}/`);
    const files = [library?.file, wasmFile("relaxed")].filter((file) => file !== undefined);
    const names: string[] = [findKernels("auto", at).implementation];
    for (const file of files) {
      const bytes = await Deno.readFile(join(directory, file));
      await writeFile(join(directory, file), bytes.subarray(0, bytes.length - 1));
      const choice = findKernels("auto", at);
      names.push(choice.implementation);
      assert.match(describeKernels(choice), new RegExp(`"${file}" is not the one committed`));
    }
    const all = library === undefined ? ["relaxed", "emulated"] : ["native", "relaxed", "emulated"];
    assert.deepEqual(names, all);
    assert.throws(
      () => findKernels("native", at),
      (error) =>
        error instanceof InvalidInputError &&
        /Cannot compute with SLUICE_KERNELS=native: not native/.test(error.message),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("findKernels() emulates what the processor cannot fuse, and opens no library unasked", async () => {
  const choice = new URL("../../learn/kernels/choice.ts", import.meta.url).href;
  const program = `import { describeKernels, findKernels } from ${JSON.stringify(choice)};
    console.log(describeKernels(findKernels("auto")));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--config",
        config,
        "--no-prompt",
        "--allow-read",
        "--v8-flags=--no-enable-fma3",
        file,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const line = new TextDecoder().decode(stdout);
    assert.match(line, /^WebAssembly, fused multiply-add emulated; /);
    assert.match(
      line,
      /not WebAssembly, relaxed SIMD: its known answers are not those of class fma/,
    );
    if (library !== undefined) assert.match(line, /--allow-ffi does not name learn\/kernels/);
  } finally {
    await Deno.remove(file);
  }
});

/** What a fuzz draws a number from: ordinary, wide, tiny, exact zeros, and what is not a number. */
function drawNumber(random: ReturnType<typeof createRandom>): number {
  const kind = random.integer(32);
  if (kind === 0) return [0, -0, Infinity, -Infinity, NaN, 3e38, -3e38, 1e-45][random.integer(8)]!;
  if (kind < 4) return random.uniform(-1, 1) * 2 ** (random.integer(200) - 130);
  return random.uniform(-8, 8);
}

/** Words of an array, with one for all that is not a number. */
function canonicalWords(floats: Float32Array): Uint32Array {
  const words = new Uint32Array(floats.slice().buffer);
  for (let i = 0; i < words.length; i++) if (Number.isNaN(floats[i]!)) words[i] = 0x7fc00000;
  return words;
}

Deno.test("kernels of class fma give the same words on every implementation, for any numbers", () => {
  const random = createRandom(5, "fuzz", 0), FLOATS = 1 << 13;
  const region = (place: number) => 4 * FLOATS * place;
  const A = region(1), B = region(2), C = region(3), D = region(4), E = region(5), S = region(6);
  const T = region(7);
  const all = implementations(4 * FLOATS * 8);
  const numbers = new Float32Array(5 * FLOATS);
  const compare = (what: string, run: (kernels: Kernels) => number | void): void => {
    for (let i = 0; i < numbers.length; i++) numbers[i] = drawNumber(random);
    let expected: { words: Uint32Array; sum: number } | undefined;
    for (const [name, kernels] of all) {
      const view = new Float32Array(kernels.memory.buffer, A, numbers.length);
      view.set(numbers);
      const found = { sum: run(kernels) ?? 0, words: canonicalWords(view) };
      expected ??= found;
      assert.ok(Object.is(found.sum, expected.sum), `${what}: ${name}`);
      assert.deepEqual(found.words, expected.words, `${what}: ${name}`);
    }
  };
  for (let trial = 0; trial < 30; trial++) {
    const m = 4 * (1 + random.integer(12)), n = 1 + random.integer(60);
    const ld = 8 * Math.ceil(n / 8), count = m * ld, add = random.integer(2);
    compare(`product ${m} ${n} ${ld}`, (kernels) => {
      const k = 1 + random.integer(1) + trial;
      kernels.packRight(B, ld, k, ld, E);
      kernels.product(A, 40, 0, E, C, ld, m, ld, Math.min(k, 40), trial % 3, trial % 2 * D, S);
      // Its layout is its own.
      new Float32Array(kernels.memory.buffer, E, FLOATS).fill(0);
    });
    for (const code of Object.values(POINTWISE)) {
      compare(`pointwise ${code} ${m} ${n}`, (kernels) => {
        kernels.pointwise(code, A, B, m, n, ld);
        kernels.pointwiseGradient(code, A, B, C, m, n, ld, D, add);
      });
    }
    compare(`layerNorm ${m} ${n}`, (kernels) => {
      kernels.layerNorm(A, m, n, ld, B, B + 4 * ld, 1e-6, C, S, D);
      kernels.layerNormGradient(E, m, n, ld, B, C, S, D, add, B + 8 * ld, B + 12 * ld, add);
    });
    compare(`rows ${m} ${n}`, (kernels) => {
      kernels.affine(A, B, m, n, ld, 0.3, 0.7, add);
      kernels.multiply(A, C, B, m, n, ld, trial % 2, add);
      kernels.rowProducts(A, B, C, m, n, ld, add);
      kernels.spreadColumn(C, D, m, n, ld, add);
      kernels.copyColumns(A, ld, D + 4, ld + 8, m, n, add);
      kernels.reluGradient(E, A, count);
      kernels.columnSums(A, m, ld, B, add);
      return kernels.columnTotal(E, m) + kernels.squaredError(A, E, count);
    });
    compare(`optimiser ${count}`, (kernels) => {
      kernels.sumGradients(A, B - A, 2, count, S);
      const packed = add * E, factors = [0.7, 0.9, 0.999, 1 - 1e-6, 1e-3, 1.5, 1e-8] as const;
      const rows = 8 * Math.ceil(m / 8);
      kernels.adamw(B, A, C, D, rows, ld, packed, rows - 3, add * T, n, ...factors);
      kernels.moveAverage(C, D, count, 0.3);
      // Their layout is their own.
      new Float32Array(kernels.memory.buffer, E, FLOATS).fill(0);
      return new Float64Array(kernels.memory.buffer, S, 1)[0]!;
    });
  }
});
