import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { createActionNoise } from "../../../sim/world/action_noise.ts";

/** A long series of one component. */
function series(index: number): Float64Array {
  const options = { kind: "ornstein-uhlenbeck", deviation: 2, controlHz: 250, size: 2 } as const;
  const noise = createActionNoise(options, createRandom(1, "noise", index));
  return Float64Array.from({ length: 100_000 }, () => {
    noise(1);
    return noise(0);
  });
}

function covariance(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < values.length; i++) sum += values[i]! * values[i - lag]!;
  return sum / (values.length - lag);
}

Deno.test("createActionNoise() forgets itself by 1/e in 50 ms, with a deviation of its own", () => {
  const deviations = [0, 1, 2, 3, 4, 5].map((episode) => {
    const values = series(episode), variance = covariance(values, 0);
    const kept = covariance(values, 12.5 * 2) / variance; // 100 ms
    assert.ok(Math.abs(kept - Math.exp(-2)) < 0.05, `${kept}`);
    return Math.sqrt(variance);
  });
  assert.ok(Math.max(...deviations) <= 2.05 && Math.min(...deviations) < 1, `${deviations}`);
  assert.equal(new Set(deviations.map((value) => value.toFixed(3))).size, 6);
});

Deno.test("createActionNoise() of kind gaussian is independent from step to step", () => {
  const options = { kind: "gaussian", deviation: 0.5, controlHz: 20, size: 1 } as const;
  const noise = createActionNoise(options, createRandom(1, "noise", 0));
  const values = Float64Array.from({ length: 20_000 }, () => noise(0));
  assert.ok(Math.abs(Math.sqrt(covariance(values, 0)) - 0.5) < 0.01);
  assert.ok(Math.abs(covariance(values, 1)) < 0.01);
});
