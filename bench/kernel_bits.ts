import { compareKernels, openImplementations, TRIAL_BYTES } from "../tests/learn/kernel_trials.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Words that are compared; `--episodes` sets another number of millions. */
const OUTPUTS = 100_000_000;

/** Fours of rows of a shape: as many as the regions of a trial hold. */
const ROWS = [16, 30] as const;

/**
 * Words that differ between the scalar kernels of class `fma` and each other implementation that
 * computes with a fused multiply-add: native of every width, and relaxed WebAssembly.
 */
export function measureKernelBits(
  { seed, episodes }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const implementations = new Map(openImplementations(TRIAL_BYTES));
  implementations.delete("emulated"); // ten times as slow; tests compare it
  const [, ...others] = implementations.keys();
  const wanted = episodes === undefined ? OUTPUTS : episodes * 1_000_000;
  let outputs = 0, different = 0;
  for (
    const trial of compareKernels(implementations, { seed: seed + 1, rounds: Infinity, rows: ROWS })
  ) {
    outputs += trial.outputs;
    for (const words of Object.values(trial.different)) different += words;
    if (outputs >= wanted) break;
  }
  return Promise.resolve([{
    id: "kernel-bits",
    name: `words of ${(outputs / 1e6).toFixed(0)} million by scalar kernels that are others by ` +
      others.join(", "),
    unit: "words",
    value: different,
    bar: { of: "value", most: 0 },
  }]);
}
