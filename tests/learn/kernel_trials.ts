import { KERNELS_DIRECTORY } from "../../learn/kernels/choice.ts";
import { createMemory } from "../../learn/kernels/memory.ts";
import { type Kernels, POINTWISE } from "../../learn/kernels/kernels.ts";
import {
  bindNativeKernels,
  LIBRARIES,
  type NativeVectors,
  openLibrary,
} from "../../learn/kernels/native.ts";
import { bindWasmKernels, wasmFile } from "../../learn/kernels/wasm.ts";

/** Library of native kernels of this machine; undefined if there is none. */
export const LIBRARY = LIBRARIES[`${Deno.build.os}-${Deno.build.arch}`];

/** Numbers of a region of memory: operands and results lie in regions of their own. */
const REGION = 1 << 13;
/** Regions that are drawn and compared; beyond them lie squares and what is packed. */
const COMPARED = 5;
const regionAt = (place: number) => 4 * REGION * place;
const A = regionAt(1), B = regionAt(2), C = regionAt(3), D = regionAt(4), E = regionAt(5);
const S = regionAt(6), T = regionAt(7);

/** Memory that trials need (bytes). */
export const TRIAL_BYTES = regionAt(8);

/** Every implementation of class `fma` on this machine, the scalar one first, each on its own memory. */
export function openImplementations(bytes: number): ReadonlyMap<string, Kernels> {
  const found = new Map<string, Kernels>();
  const natives: readonly NativeVectors[] = LIBRARY === undefined
    ? []
    : ["scalar", ...LIBRARY.vectors];
  for (const vectors of natives) {
    const opened = openLibrary(new URL(LIBRARY!.file, KERNELS_DIRECTORY), vectors);
    if (opened.fits) found.set(vectors, bindNativeKernels(opened, createMemory(bytes)));
  }
  for (const name of ["relaxed", "emulated"] as const) {
    const file = Deno.readFileSync(new URL(wasmFile(name), KERNELS_DIRECTORY));
    found.set(name, bindWasmKernels(new WebAssembly.Module(file), createMemory(bytes)));
  }
  return found;
}

/** A call of some kernels on the regions. */
interface KernelTrial {
  readonly name: string;
  run(kernels: Kernels): number | void;
}

/** What a trial came to, of each implementation but the first. */
export interface ComparedTrial {
  readonly name: string;
  /** Words that the kernels wrote. */
  readonly outputs: number;
  /** Words that differ from those of the first implementation, by name. */
  readonly different: Readonly<Record<string, number>>;
}

/** Integers below a bound, in an order that a seed fixes. */
type Draw = (below: number) => number;

/** Marsaglia's xorshift (2003): some of the numbers are drawn a hundred million times. */
function createDraw(seed: number): Draw {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const SPECIAL = [0, -0, Infinity, -Infinity, NaN, 3e38, -3e38, 1e-45];

/** Draws ordinary, wide, tiny and exact numbers, and what is not a number. */
function drawNumber(draw: Draw): number {
  const kind = draw(32);
  if (kind === 0) return SPECIAL[draw(SPECIAL.length)]!;
  const value = draw(1 << 24) / (1 << 20) - 8;
  return kind < 4 ? value * 2 ** (draw(200) - 130) : value;
}

/**
 * Runs every kernel on random shapes and numbers in all implementations, and compares the words.
 *
 * @param rows Least and most fours of rows of a shape
 */
export function* compareKernels(
  implementations: ReadonlyMap<string, Kernels>,
  { seed, rounds, rows: [least, most] }: {
    readonly seed: number;
    readonly rounds: number;
    readonly rows: readonly [number, number];
  },
): Generator<ComparedTrial> {
  const draw = createDraw(seed), numbers = new Float32Array(COMPARED * REGION);
  for (let round = 0; round < rounds; round++) {
    const m = 4 * (least + draw(most - least + 1)), n = 1 + draw(60);
    for (const trial of trialsOf(m, n, { add: draw(2), round })) {
      for (let i = 0; i < numbers.length; i++) numbers[i] = drawNumber(draw);
      yield compareTrial(trial, implementations, numbers);
    }
  }
}

function compareTrial(
  { name, run }: KernelTrial,
  implementations: ReadonlyMap<string, Kernels>,
  numbers: Float32Array,
): ComparedTrial {
  const different: Record<string, number> = {};
  let outputs = 0, expected: { words: Uint32Array; sum: number } | undefined;
  for (const [implementation, kernels] of implementations) {
    const view = new Float32Array(kernels.memory.buffer, A, numbers.length);
    view.set(numbers);
    const sum = run(kernels) ?? 0, words = canonicalWords(view);
    if (expected === undefined) {
      expected = { words, sum };
      outputs = countDifferent(words, canonicalWords(numbers));
    } else {
      const sums = Object.is(sum, expected.sum) ? 0 : 1;
      different[implementation] = sums + countDifferent(words, expected.words);
    }
  }
  return { name, outputs, different };
}

/** Words of an array, with one for all that is not a number. */
function canonicalWords(floats: Float32Array): Uint32Array {
  const copy = floats.slice(), words = new Uint32Array(copy.buffer);
  for (let i = 0; i < words.length; i++) if (Number.isNaN(copy[i]!)) words[i] = 0x7fc00000;
  return words;
}

function countDifferent(a: Uint32Array, b: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

/** Every kernel on a shape, `[m, n]`. */
function trialsOf(
  m: number,
  n: number,
  { add, round }: { readonly add: number; readonly round: number },
): readonly KernelTrial[] {
  const ld = 8 * Math.ceil(n / 8), count = m * ld, k = 1 + round % 40;
  const left = 40 * m <= REGION ? m : 4 * Math.floor(REGION / 160), ends = `${m} ${n}`;
  const trial = (name: string, run: KernelTrial["run"]) => ({ name: `${name} ${ends}`, run });
  /** The layout of what is packed is the implementation's own. */
  const clearPacked = ({ memory }: Kernels) => new Float32Array(memory.buffer, E, REGION).fill(0);
  return [
    trial(`product ${k}`, (kernels) => {
      kernels.packRight(B, ld, k, ld, E);
      kernels.product(A, 40, 0, E, C, ld, left, ld, k, round % 3, round % 2 * D, S);
      kernels.packRightTransposed(B, 40, k, ld, E);
      kernels.product(A, left, 1, E, D, ld, left, ld, k, round % 2, 0, S);
      clearPacked(kernels);
    }),
    ...Object.values(POINTWISE).map((code) =>
      trial(`pointwise ${code}`, (kernels) => {
        kernels.pointwise(code, A, B, m, n, ld);
        kernels.pointwiseGradient(code, A, B, C, m, n, ld, D, add);
      })
    ),
    trial("layerNorm", (kernels) => {
      kernels.layerNorm(A, m, n, ld, B, B + 4 * ld, 1e-6, C, S, D);
      kernels.layerNormGradient(E, m, n, ld, B, C, S, D, add, B + 8 * ld, B + 12 * ld, add);
    }),
    trial("rows", (kernels) => {
      kernels.affine(A, B, m, n, ld, 0.3, 0.7, add);
      kernels.multiply(A, C, B, m, n, ld, round % 2, add);
      kernels.rowProducts(A, B, C, m, n, ld, add);
      kernels.spreadColumn(C, D, m, n, ld, add);
      kernels.copyColumns(A, ld, D + 4, ld, m, n, add);
      kernels.reluGradient(E, A, count);
      kernels.columnSums(A, m, ld, B, add);
      return kernels.columnTotal(E, m) + kernels.squaredError(A, E, count);
    }),
    trial("optimiser", (kernels) => {
      kernels.sumGradients(A, B - A, 2, count, S);
      const factors = [0.7, 0.9, 0.999, 1 - 1e-6, 1e-3, 1.5, 1e-8] as const;
      const rows = 8 * Math.floor((m + 4) / 8);
      kernels.adamw(B, A, C, D, rows, ld, add * E, rows - 3, add * T, n, ...factors);
      kernels.moveAverage(C, D, count, 0.3);
      clearPacked(kernels);
      return new Float64Array(kernels.memory.buffer, S, 1)[0]!;
    }),
  ];
}
