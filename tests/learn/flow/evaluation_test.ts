import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { evaluateFlow } from "../../../learn/flow/evaluation.ts";
import {
  coverage,
  fitGaussianReference,
  gaussianNll,
  median,
  noiseBound,
  worstCoverage,
} from "../../../learn/flow/metrics.ts";
import { laterState, readTrajectories } from "../../../learn/flow/transitions.ts";
import { trainModel } from "../../../learn/mod.ts";
import { createPointMasses, STEP_NOISE } from "./point_mass.ts";

const IDENTITY = (width: number) => ({
  mean: new Float32Array(width),
  scale: new Float32Array(width).fill(1),
});

function readPointMasses(episodes: number) {
  return readTrajectories(
    createPointMasses(episodes),
    "train",
    { fields: ["observation/block_pos", "observation/angle"], normalization: IDENTITY(3) },
    { fields: ["dmp/velocity"], normalization: IDENTITY(2) },
  );
}

Deno.test("noiseBound() is the entropy of the noise: 1 px of 256 on four axes and 0.01 rad", () => {
  const bound = noiseBound([1 / 256, 1 / 256, 1 / 256, 1 / 256, 0.01]);
  assert.ok(Math.abs(bound + 19.69) < 0.005, `${bound}`);
});

Deno.test("gaussianNll() averages to the entropy over draws of its own distribution", () => {
  const random = createRandom(1, "entropy", 0), deviations = [0.5, 3];
  let sum = 0;
  const draws = 20_000;
  for (let i = 0; i < draws; i++) {
    sum += gaussianNll(deviations.map((sigma) => sigma * random.normal()), deviations);
  }
  assert.ok(Math.abs(sum / draws - noiseBound(deviations)) < 0.03);
});

Deno.test("coverage() counts ranks in the central interval", () => {
  const ranks = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
  assert.equal(coverage(ranks, 0.5), 0.5);
  assert.equal(coverage(ranks, 0.9), 0.9);
  assert.equal(coverage(ranks.map((rank) => 0.5 + (rank - 0.5) / 2), 0.5), 1);
  assert.equal(worstCoverage([0.52, 0.45, 0.54], 0.5), 0.45);
  assert.equal(worstCoverage([], 0.5), NaN);
});

Deno.test("median() is that of odd, even and no numbers", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), NaN);
});

Deno.test("readTrajectories() ends an episode with its last observation; angles do not jump", async () => {
  const trajectories = await readPointMasses(40);
  const { starts, width } = trajectories, later = new Float32Array(width);
  const { episodeEnds } = createPointMasses(40);
  assert.equal(starts[1], episodeEnds[0]! + 1);
  for (let episode = 0; episode + 1 < starts.length; episode++) {
    for (let row = starts[episode]!; row + 1 < starts[episode + 1]!; row++) {
      laterState(trajectories, row, row + 1, later);
      const turn = later[2]! - trajectories.states[row * width + 2]!;
      assert.ok(Math.abs(turn - 0.05) < 0.06, `turned by ${turn}`);
    }
  }
});

Deno.test("fitGaussianReference() has the second moments of every interval", async () => {
  const trajectories = await readPointMasses(400);
  const noise = Float32Array.of(2, 0, 0.01);
  const reference = fitGaussianReference(trajectories, 4, noise);
  assert.equal(reference[0]!.length, 0);
  for (const steps of [1, 4]) {
    // Velocities are uniform in [−4, 4]: variance 16/3.
    const variance = steps ** 2 * 16 / 3 + steps * STEP_NOISE ** 2;
    assert.ok(Math.abs(reference[steps]![1]! / Math.sqrt(variance) - 1) < 0.1);
    assert.ok(Math.abs(reference[steps]![0]! / Math.sqrt(variance + 4) - 1) < 0.1);
  }
});

Deno.test("evaluateFlow() finds a trained flow calibrated, and better than its references", async () => {
  const source = createPointMasses(300);
  const { policy } = await trainModel({
    model: "flow",
    parameters: {
      hiddenSize: 24,
      conditionerHiddenSize: 16,
      steps: 2500,
      batch: 128,
      lr: 4e-3,
      consistency: 0,
      targetNoise: { px: 0.3, rad: 0.01 },
    },
    seed: 5,
    stream: "train",
    source,
    checkpointEvery: 10_000,
    validateEvery: 250,
  });
  const found = await evaluateFlow(policy, source, { split: "test", seed: 1, sampledPairs: 100 });
  const excess = Math.log(1 + STEP_NOISE ** 2 / 0.3 ** 2) + 0.5 * Math.log(2);
  assert.equal(found["episodes"], 30);
  const within = (name: string, low: number, high: number): void =>
    assert.ok(found[name]! >= low && found[name]! <= high, `${name} is ${found[name]}`);
  within("nll_excess", excess - 0.2, excess + 0.6);
  within("nll", -Infinity, found["nll_gaussian"]! - 1);
  within("nll_mix", -Infinity, found["nll_mix_gaussian"]! - 1);
  within("coverage_50", 0.35, 0.65);
  within("coverage_90", 0.8, 1);
  within("one_step_error", 0, 0.5 * found["one_step_error_persistence"]!);
  within("ten_step_error", 0, 0.5 * found["ten_step_error_persistence"]!);
  within("one_step_error_constant_velocity", found["one_step_error"]!, 2);
  const few = { split: "test", seed: 1, sampledPairs: 4, samples: 32 } as const;
  assert.deepEqual(
    await evaluateFlow(policy, source, few),
    await evaluateFlow(policy, source, few),
  );
});
