import { type Kernels, NORM_BLOCK } from "../kernels/kernels.ts";
import type { ParameterBlock, Weight } from "../tape/parameters.ts";

/** AdamW with clipping, and how its learning rate moves. */
export interface OptimizerSettings {
  /** Learning rate of the step after `step` steps were done. */
  learningRate(step: number): number;
  readonly weightDecay: number;
  /** Largest global norm of the gradient. */
  readonly clip: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** PyTorch's defaults of AdamW. */
export const ADAM_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** β₁ᵗ and β₂ᵗ as running products: `beta ** t` may round otherwise in another V8. */
export interface AdamProducts {
  readonly power1: number;
  readonly power2: number;
}

/**
 * A linear warm-up to `peak`, then half a cosine down to 0.
 *
 * @param warmup Steps of the warm-up; at most a tenth of all, so that a short run learns too
 * @see Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), eq. 5
 */
export function cosineSchedule(
  peak: number,
  steps: number,
  warmup: number,
): (step: number) => number {
  const rising = Math.min(warmup, Math.floor(steps / 10));
  return (step) => {
    if (step < rising) return peak * (step + 1) / rising;
    return peak * 0.5 * (1 + Math.cos(Math.PI * (step - rising) / (steps - rising)));
  };
}

/** A constant rate for the first half of the steps, a tenth of it for the rest. */
export function halvedSchedule(peak: number, steps: number): (step: number) => number {
  return (step) => step < steps / 2 ? peak : peak / 10;
}

/**
 * Sums the gradients of all microbatches, in their order, into those of the first.
 *
 * @param blocks [first, end), of which the sums of squares are written to `block.squares`
 */
export function sumGradients(
  kernels: Kernels,
  { gradients, count, squares }: ParameterBlock,
  [first, end]: readonly [number, number],
): void {
  if (first === end) return;
  const at = first * NORM_BLOCK, floats = Math.min(end * NORM_BLOCK, count) - at;
  const [total, second] = gradients, stride = second === undefined ? 0 : second - total!;
  kernels.sumGradients(total! + 4 * at, stride, gradients.length, floats, squares + 8 * first);
}

/** Numbers of one optimiser step, as {@linkcode updateWeights} takes them. */
export const ADAM_FACTORS = 7;

/**
 * Computes the factors of a step, with the gradient's global norm clipped.
 *
 * @param products of the steps before
 * @param squares as {@linkcode sumGradients} left them
 * @param factors `[ADAM_FACTORS]` overwritten
 * @returns the products after this step
 */
export function prepareUpdate(
  settings: OptimizerSettings,
  { step, products }: { readonly step: number; readonly products: AdamProducts },
  squares: Float64Array,
  factors: Float64Array,
): AdamProducts {
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  const power1 = products.power1 * settings.beta1, power2 = products.power2 * settings.beta2;
  const rate = settings.learningRate(step);
  factors.set([
    Math.min(1, settings.clip / (norm + 1e-6)), // 1e-6 as in torch.nn.utils.clip_grad_norm_
    settings.beta1,
    settings.beta2,
    1 - rate * settings.weightDecay,
    rate / (1 - power1),
    1 / Math.sqrt(1 - power2),
    settings.epsilon,
  ]);
  return { power1, power2 };
}

/** Makes one step of AdamW on some weights, by the factors of {@linkcode prepareUpdate}; packs them. */
export function updateWeights(
  kernels: Kernels,
  block: ParameterBlock,
  weights: readonly Weight[],
  factors: Float64Array,
): void {
  const { values, gradients, moment1, moment2 } = block;
  const [scale, beta1, beta2, keep, rate, correction, epsilon] = factors;
  for (const weight of weights) {
    const { offset, floats, stride, rows, columns } = weight;
    const { packed, transposed } = block.packings(weight);
    kernels.adamw(
      values + offset,
      gradients[0]! + offset,
      moment1 + offset,
      moment2 + offset,
      floats / stride,
      stride,
      packed,
      rows,
      transposed,
      columns,
      scale!,
      beta1!,
      beta2!,
      keep!,
      rate!,
      correction!,
      epsilon!,
    );
  }
}
