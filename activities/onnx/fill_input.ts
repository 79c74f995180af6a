import type { RandomGenerator } from "../../core/random.ts";
import { ONNX_TYPES, type OnnxData, type OnnxType } from "../../learn/foreign.ts";
import { fillNormal } from "../../learn/mod.ts";
import type { BoundInput, CameraSource, ObservationSource } from "./bound_policy.ts";

/** What the inputs of a policy are made of at a step. */
export interface InputValues {
  /** `[k][n]` observations, the current one first. */
  readonly observations: readonly Float32Array[];
  /** `[k]` images of each input of images, `[height, width, 3]`, the current one first. */
  readonly images: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Recurrent states, by the input that reads them. */
  readonly states: ReadonlyMap<string, Float64Array>;
  /** `[m]` */
  readonly lastAction: Float64Array;
}

/** Array of zeros for the elements of a type. */
export function createNumbers(type: OnnxType, length: number): OnnxData {
  return new ONNX_TYPES[type](length);
}

/**
 * Writes the elements of an input.
 *
 * @param data As long as its shape says
 * @param random Generator of this prediction, from which inputs of noise draw in their order
 */
export function fillInput(
  data: OnnxData,
  input: BoundInput,
  values: InputValues,
  random: RandomGenerator,
): void {
  switch (input.source) {
    case "observation":
      return fillObservations(data, input, values);
    case "camera":
      return fillImages(data, input, values.images.get(input.name)!); // of each
    case "state":
      return values.states.get(input.name)!.forEach((value, i) => put(data, i, value));
    case "noise": {
      const noise = new Float32Array(data.length);
      fillNormal(random, noise);
      return noise.forEach((value, i) => put(data, i, value));
    }
    case "lastAction": {
      const { mean, std } = input.statistics;
      return values.lastAction.forEach((value, i) => put(data, i, (value - mean[i]!) / std[i]!));
    }
  }
}

function fillObservations(
  data: OnnxData,
  { columns, offsets, statistics: { mean, std } }: ObservationSource,
  { observations }: InputValues,
): void {
  let at = 0;
  for (const offset of offsets) {
    const observation = observations[-offset]!;
    columns.forEach((column, i) => put(data, at++, (observation[column]! - mean[i]!) / std[i]!));
  }
}

function fillImages(
  data: OnnxData,
  { offsets, layout, camera: { width, height }, scale, statistics: { mean, std } }: CameraSource,
  images: readonly Uint8Array[],
): void {
  const pixels = width * height, isRaw = data instanceof Uint8Array;
  let start = 0;
  for (const offset of offsets) {
    const image = images[-offset]!;
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let colour = 0; colour < 3; colour++) {
        const byte = image[pixel * 3 + colour]!;
        const at = start + (layout === "CHW" ? colour * pixels + pixel : pixel * 3 + colour);
        put(data, at, isRaw ? byte : (byte * scale - mean[colour]!) / std[colour]!);
      }
    }
    start += 3 * pixels;
  }
}

function put(data: OnnxData, at: number, value: number): void {
  if (data instanceof BigInt64Array) data[at] = BigInt(value);
  else data[at] = value;
}
