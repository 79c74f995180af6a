import { padTo4 } from "./arena.ts";
import { PRODUCT } from "../kernels/kernels.ts";
import type { Tape, Value } from "./tape.ts";

/**
 * The operations that a tape can record, each with its gradient. A new one is a function here (or
 * in a model's own file) and, where no kernel fits, a kernel.
 */

/** Names of the weights of a dense layer. */
export interface LinearWeights {
  /** `[in, out]` */
  readonly weight: string;
  /** `[out]` */
  readonly bias: string;
}

/**
 * y = x·W + b, or max(0, x·W + b).
 *
 * @param x `[rows, in]`
 * @returns `[rows, out]`
 */
export function linear(
  tape: Tape,
  x: Value,
  options: LinearWeights & { readonly relu?: boolean },
): Value {
  const { parameters, rows, gradients } = tape;
  const weight = parameters.get(options.weight), bias = parameters.get(options.bias);
  const relu = options.relu === true;
  const y = tape.value(weight.columns);
  const m = padTo4(rows), k = weight.rows, n = weight.stride;
  const scratch = tape.scratch("left", m * k);
  const packedW = parameters.packed(weight);
  const biasAddress = parameters.values + bias.offset;
  const mode = relu ? PRODUCT.relu : PRODUCT.store;

  const needsGradients = gradients !== 0;
  const kPadded = padTo4(k);
  const scratchXt = needsGradients ? tape.scratch("left", kPadded * rows) : 0;
  const packedDy = needsGradients ? tape.scratch("right", rows * n) : 0;
  const scratchDy = needsGradients ? tape.scratch("left", m * weight.columns) : 0;
  const packedWt = x.gradient === null ? 0 : parameters.packedTransposed(weight);

  tape.record({
    output: y,
    forward(kernels) {
      const { address, stride } = x;
      kernels.product(
        address,
        stride,
        0,
        packedW,
        y.address,
        n,
        m,
        n,
        k,
        mode,
        biasAddress,
        scratch,
      );
    },
    backward() {
      const from = y.gradient!.address; // it has weights
      const dw = gradients + weight.offset, db = gradients + bias.offset;
      const addW = tape.claimWeight(dw) ? PRODUCT.add : PRODUCT.store, addB = tape.claimWeight(db);
      const addX = x.gradient !== null && tape.claim(x.gradient) ? PRODUCT.add : PRODUCT.store;
      const to = x.gradient?.address;
      return (kernels) => {
        if (relu) kernels.reluGradient(from, y.address, rows * n);
        kernels.columnSums(from, rows, n, db, addB);
        const { address, stride } = x;
        kernels.packRight(from, n, rows, n, packedDy);
        // [in, out] = [rows, in]ᵀ · [rows, out]
        kernels.product(
          address,
          stride,
          1,
          packedDy,
          dw,
          n,
          kPadded,
          n,
          rows,
          addW,
          0,
          scratchXt,
        );
        if (to === undefined) return;
        const { columns } = weight;
        kernels.product(
          from,
          n,
          0,
          packedWt,
          to,
          stride,
          m,
          stride,
          columns,
          addX,
          0,
          scratchDy,
        );
      };
    },
  });
  return y;
}

/** Names of the weights of a layer normalisation, each `[width]`. */
export interface LayerNormWeights {
  readonly gain: string;
  readonly shift: string;
}

/** Constant that is added to a variance before its root, as in Flax. */
export const LAYER_NORM_EPSILON = 1e-6;

/** Layer normalisation over the columns of each row. */
export function layerNorm(tape: Tape, x: Value, options: LayerNormWeights): Value {
  const { parameters, rows, gradients } = tape;
  const gain = parameters.get(options.gain), shift = parameters.get(options.shift);
  const y = tape.value(x.width);
  const normal = tape.arena.allocate(rows * x.stride), inverse = tape.arena.allocate(rows);
  const gainAddress = parameters.values + gain.offset;
  const shiftAddress = parameters.values + shift.offset;
  tape.record({
    output: y,
    forward: (kernels) =>
      kernels.layerNorm(
        x.address,
        rows,
        x.width,
        x.stride,
        gainAddress,
        shiftAddress,
        LAYER_NORM_EPSILON,
        normal,
        inverse,
        y.address,
      ),
    backward() {
      const dGain = gradients + gain.offset, dShift = gradients + shift.offset;
      const from = y.gradient!.address; // it has weights
      const addParameters = tape.claimWeight(dGain), addX = tape.claim(x.gradient!);
      const to = x.gradient!.address; // networks normalise what they computed
      return (kernels) =>
        kernels.layerNormGradient(
          from,
          rows,
          x.width,
          x.stride,
          gainAddress,
          normal,
          inverse,
          to,
          addX,
          dGain,
          dShift,
          addParameters,
        );
    },
  });
  return y;
}

/**
 * Adds mean((prediction − target)²), over all rows of the batch and all columns, to the loss.
 *
 * @param target `[rows, width]`, an input
 */
export function meanSquaredError(tape: Tape, prediction: Value, target: Value): void {
  const mean = 1 / (tape.batch * prediction.width);
  const count = tape.rows * prediction.stride;
  tape.record({
    output: null,
    forward(kernels) {
      tape.loss += mean * kernels.squaredError(prediction.address, target.address, count);
    },
    backward() {
      const gradient = prediction.gradient!; // it has weights
      const add = tape.claim(gradient), to = gradient.address;
      return (kernels) =>
        kernels.squaredErrorGradient(
          prediction.address,
          target.address,
          count,
          2 * mean,
          to,
          add,
        );
    },
  });
}
