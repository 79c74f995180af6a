import type { Kernels } from "./kernel_module.ts";
import type { ParameterBlock } from "./parameters.ts";

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
 * Sums the gradients of all shards in their order, clips their global norm and makes one step.
 *
 * @param products of the steps before
 * @returns the products after this step
 */
export function updateWeights(
  kernels: Kernels,
  block: ParameterBlock,
  settings: OptimizerSettings,
  step: number,
  products: AdamProducts,
): AdamProducts {
  const { count, gradients } = block, total = gradients[0]!;
  for (const shard of gradients.slice(1)) kernels.addTo(total, shard, count);
  const norm = Math.sqrt(kernels.sumOfSquares(total, count));
  const power1 = products.power1 * settings.beta1, power2 = products.power2 * settings.beta2;
  const rate = settings.learningRate(step);
  kernels.adamw(
    block.values,
    total,
    block.moment1,
    block.moment2,
    count,
    Math.min(1, settings.clip / (norm + 1e-6)), // 1e-6 as in torch.nn.utils.clip_grad_norm_
    settings.beta1,
    settings.beta2,
    1 - rate * settings.weightDecay,
    rate / (1 - power1),
    1 / Math.sqrt(1 - power2),
    settings.epsilon,
  );
  return { power1, power2 };
}
