import { createColumnData, type FieldSpec, rowSize, SCALAR_BYTES } from "../../core/episode.ts";
import { aligned } from "../../core/frame.ts";
import type { BatchRequest } from "../../sim/mod.ts";

/** Sizes of the questions to a policy's program and of its answers. */
export interface PolicySizes {
  /** Numbers of an observation. */
  readonly observation: number;
  /** Numbers of an action. */
  readonly action: number;
  /** Images of a request, in the order in which they are sent. */
  readonly images: readonly FieldSpec[];
}

/** Facts of a question besides its requests. */
export interface PolicyQuestion {
  readonly sizes: PolicySizes;
  /** Number of the first episode of the rollout, from which its episodes are counted. */
  readonly first: number;
  /** Numbers of episodes that have ended since the last question. */
  readonly ended: readonly number[];
}

/**
 * The payload that asks for actions: counts k, n, m and e, then episodes [k], first [k], seeds [k],
 * ended [e], observations [k, n], and each image [k, ...], all from multiples of 8 bytes on
 * (docs/python_protocol.md).
 */
export function encodePolicyRequest(
  requests: readonly BatchRequest[],
  { sizes: { observation: size, action, images }, first, ended }: PolicyQuestion,
): Uint8Array {
  const count = requests.length;
  const parts = [16, 4 * count, count, 4 * count, 4 * ended.length, 4 * count * size];
  for (const { dtype, shape } of images) parts.push(count * SCALAR_BYTES[dtype] * rowSize(shape));
  let bytes = 0;
  const starts = parts.map((part) => {
    const start = bytes;
    bytes += aligned(part);
    return start;
  });
  const buffer = new ArrayBuffer(bytes);
  new Uint32Array(buffer, 0, 4).set([count, size, action, ended.length]);
  const episodes = new Int32Array(buffer, starts[1], count);
  const begun = new Uint8Array(buffer, starts[2], count);
  const seeds = new Uint32Array(buffer, starts[3], count);
  new Int32Array(buffer, starts[4], ended.length).set(ended);
  const observations = new Float32Array(buffer, starts[5], count * size);
  for (const [i, { episode, isFirst, seed, observation }] of requests.entries()) {
    episodes[i] = first + episode;
    begun[i] = Number(isFirst);
    seeds[i] = seed;
    observations.set(observation, i * size);
  }
  for (const [at, { name, dtype, shape }] of images.entries()) {
    const pixels = rowSize(shape), start = starts[6 + at]!;
    for (const [i, { images = {} }] of requests.entries()) {
      const data = createColumnData(dtype, pixels);
      const image = images[name];
      if (typeof image !== "object" || data instanceof BigInt64Array) {
        throw new TypeError(`Cannot ask a policy: expected image "${name}" of numbers`);
      }
      data.set(image);
      new Uint8Array(buffer, start + i * data.byteLength, data.byteLength)
        .set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return new Uint8Array(buffer);
}
