import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * Philox 4×32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3" (SC 2011). A draw is a pure function of (key, counter): nothing has to be saved to
 * resume, and no order of work can change a number.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16, aLow = a & 0xffff, bHigh = b >>> 16, bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/**
 * One block of Philox 4×32-10.
 *
 * @param counter `[4]` u32
 * @param key `[2]` u32
 * @param out `[4]` u32, overwritten
 */
export function philox4x32(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0]!, c1 = counter[1]!, c2 = counter[2]!, c3 = counter[3]!;
  let k0 = key[0]!, k1 = key[1]!;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0), low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2), low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A sequence of draws that belongs to one purpose. */
export interface RandomGenerator {
  /** The next 32 random bits, as an unsigned integer. */
  uint32(): number;
  /** Uniform in [low, high), from 53 random bits. Defaults: 0, 1. */
  uniform(low?: number, high?: number): number;
  /** Uniform integer in [0, count), without modulo bias. */
  integer(count: number): number;
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
}

/**
 * The generator of one purpose: a pure function of its three arguments.
 *
 * @param seed The declaration's seed, an integer in [0, 2^53)
 * @param stream What the numbers are for, e.g. `generate/start`
 * @param index Which of many, e.g. the candidate or the step, in [0, 2^53)
 * @throws {RangeError} If seed or index is not such an integer
 */
export function createRandom(seed: number, stream: string, index: number): RandomGenerator {
  for (const value of [seed, index]) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(
        `Cannot create a generator: expected an integer in [0, 2^53), found ${value}`,
      );
    }
  }
  return new PhiloxGenerator(keyOf(seed, stream), index);
}

/** Keys that were computed last: a stage has a handful, and needs them for every candidate. */
const keys = new Map<string, Uint32Array>();
const MOST_KEYS = 64;

/** The 64-bit Philox key of (seed, stream): the first 8 bytes of their SHA-256. */
function keyOf(seed: number, stream: string): Uint32Array {
  const name = `${seed}\n${stream}`;
  let key = keys.get(name);
  if (key === undefined) {
    key = computeKey(name);
    if (keys.size === MOST_KEYS) keys.clear();
    keys.set(name, key);
  }
  return key;
}

function computeKey(name: string): Uint32Array {
  const hash = sha256(utf8ToBytes(name));
  const view = new DataView(hash.buffer, hash.byteOffset);
  return Uint32Array.of(view.getUint32(0, true), view.getUint32(4, true));
}

/** Puts values in a random order, in place (Fisher and Yates, in Durstenfeld's order). */
export function shuffle<Value>(
  values: { readonly length: number; [index: number]: Value },
  random: Pick<RandomGenerator, "integer">,
): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const value = values[i]!;
    values[i] = values[j]!;
    values[j] = value;
  }
}

class PhiloxGenerator implements RandomGenerator {
  readonly #key: Uint32Array;
  readonly #counter = new Uint32Array(4);
  readonly #block = new Uint32Array(4);
  #used = 4;

  constructor(key: Uint32Array, index: number) {
    this.#key = key;
    this.#counter[2] = index >>> 0;
    this.#counter[3] = Math.floor(index / 2 ** 32);
  }

  uint32(): number {
    if (this.#used === 4) {
      philox4x32(this.#counter, this.#key, this.#block);
      this.#counter[0] = (this.#counter[0]! + 1) >>> 0;
      if (this.#counter[0] === 0) this.#counter[1] = this.#counter[1]! + 1;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  uniform(low = 0, high = 1): number {
    const upper = this.uint32() >>> 5, lower = this.uint32() >>> 6;
    return low + (high - low) * ((upper * 2 ** 26 + lower) / 2 ** 53);
  }

  integer(count: number): number {
    // Rejects the top sliver of 2^32 that would make low values likelier.
    const limit = 2 ** 32 - (2 ** 32 % count);
    let bits = this.uint32();
    while (bits >= limit) bits = this.uint32();
    return bits % count;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
