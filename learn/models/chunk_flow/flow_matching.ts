import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import { type BatchSource, copyRows } from "../../training/batch_source.ts";

/**
 * Flow matching on a straight path: at time t a chunk is (1 − t) · noise + t · chunk and moves with
 * velocity chunk − noise, to which the network is fitted.
 *
 * @see Lipman et al., "Flow matching for generative modeling" (2023); Liu et al., "Flow straight and
 * fast" (2023)
 */

/** Width of the time's encoding in the network's input. */
export const TIME_WIDTH = 9;

/** Sines and cosines of a time in [0, 1] at four frequencies, and the time. */
export function encodeTime(time: number, out: Float32Array | Float64Array, at: number): void {
  for (let i = 0; i < 4; i++) {
    out[at + i] = Math.sin(2 ** i * Math.PI * time);
    out[at + 4 + i] = Math.cos(2 ** i * Math.PI * time);
  }
  out[at + 8] = time;
}

/** Standard normal numbers (Box and Muller 1958), both of each pair. */
export function fillNormal(random: RandomGenerator, out: Float32Array): void {
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
  }
}

/** Inputs of a flow's batches, and their widths. */
export interface FlowBatchOptions {
  /** Rows of a batch. */
  readonly batch: number;
  readonly stateWidth: number;
  readonly chunkWidth: number;
  readonly seed: number;
  readonly stream: string;
}

/**
 * Batches `x` `[state, chunk on its path, time]` and `velocity` of batches `state` and `chunk`. Noise
 * and times of batch k are a pure function of (seed, stream, k).
 */
export function flowBatches(source: BatchSource, options: FlowBatchOptions): BatchSource {
  const { batch, seed, stream } = options;
  const drawn = createDraws(options);
  const finish = (step: number) =>
    drawn.draw(source, createRandom(seed, `${stream}/noise`, step), batch);
  return {
    rows: source.rows,
    prepare(step) {
      const loading = source.prepare(step);
      if (loading !== undefined) return loading.then(() => finish(step));
      finish(step);
      return undefined;
    },
    fill: drawn.fill,
  };
}

/** The rows of a validation split with noise and times that are always the same. */
export function flowValidation(source: BatchSource, options: FlowBatchOptions): BatchSource {
  const drawn = createDraws({ ...options, batch: source.rows });
  drawn.draw(source, createRandom(options.seed, options.stream, 0), source.rows);
  return { rows: source.rows, prepare: () => undefined, fill: drawn.fill };
}

function createDraws({ batch, stateWidth, chunkWidth }: FlowBatchOptions) {
  const width = stateWidth + chunkWidth + TIME_WIDTH;
  const x = new Float32Array(batch * width), velocity = new Float32Array(batch * chunkWidth);
  const noise = new Float32Array(batch * chunkWidth);
  const buffers: Readonly<Record<string, Float32Array>> = { x, velocity };
  return {
    draw(source: BatchSource, random: RandomGenerator, rows: number) {
      source.fill("state", 0, rows, x, width);
      source.fill("chunk", 0, rows, velocity, chunkWidth);
      fillNormal(random, noise);
      for (let row = 0; row < rows; row++) {
        const time = random.uniform(), at = row * width + stateWidth;
        for (let i = 0; i < chunkWidth; i++) {
          const chunk = velocity[row * chunkWidth + i]!, from = noise[row * chunkWidth + i]!;
          x[at + i] = (1 - time) * from + time * chunk;
          velocity[row * chunkWidth + i] = chunk - from;
        }
        encodeTime(time, x, at + chunkWidth);
      }
    },
    fill: (input: string, first: number, rows: number, out: Float32Array, stride: number) =>
      copyRows(buffers[input]!, first, rows, out, stride, batch),
  };
}
