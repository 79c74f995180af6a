import { compareKernels, openImplementations, TRIAL_BYTES } from "../tests/learn/kernel_trials.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Words that are compared. */
const OUTPUTS = 100_000_000;

/** Fours of rows of a shape: as many as the regions of a trial hold. */
const ROWS = [16, 30] as const;

/**
 * Words that differ between the scalar kernels of class `fma` and each other implementation that
 * computes with a fused multiply-add: native of every width, and relaxed WebAssembly.
 */
export function measureKernelBits({ seed }: Pick<BenchmarkOptions, "seed">): Figure {
  const implementations = new Map(openImplementations(TRIAL_BYTES));
  implementations.delete("emulated"); // ten times as slow; tests compare it
  const [, ...others] = implementations.keys();
  const trials = compareKernels(implementations, { seed: seed + 1, rounds: Infinity, rows: ROWS });
  let outputs = 0, different = 0;
  for (const trial of trials) {
    outputs += trial.outputs;
    for (const words of Object.values(trial.different)) different += words;
    if (outputs >= OUTPUTS) break;
  }
  return {
    id: "kernel-bits",
    name: `words of ${Math.round(outputs / 1e6)} million by scalar kernels that are others by ` +
      others.join(", "),
    unit: "words",
    value: different,
    bar: { of: "value", most: 0 },
  };
}
