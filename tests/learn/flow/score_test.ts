import assert from "node:assert/strict";
import type { EpisodeSource } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";
import {
  coverage,
  fitGaussianReference,
  gaussianNll,
  median,
  noiseBound,
  worstCoverage,
} from "../../../learn/flow/metrics.ts";
import { laterState, readTrajectories } from "../../../learn/flow/trajectories.ts";
import {
  getModel,
  type ModelParameters,
  type Score,
  type ScoreOptions,
  type TrainedModel,
  trainModel,
} from "../../../learn/mod.ts";
import { createPointMasses, STEP_NOISE } from "./point_mass.ts";

const IDENTITY = (width: number) => ({
  mean: new Float32Array(width),
  scale: new Float32Array(width).fill(1),
});

function readPointMasses(episodes: number) {
  return readTrajectories(
    createPointMasses(episodes),
    "train",
    {
      state: {
        fields: ["observation/block_pos", "observation/angle"],
        normalization: IDENTITY(3),
      },
      condition: { fields: ["dmp/velocity"], normalization: IDENTITY(2) },
      plan: null,
    },
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

const MODEL = {
  hiddenSize: 24,
  conditionerHiddenSize: 16,
  auxHiddenSize: 16,
  auxConditionerHiddenSize: 16,
  batch: 128,
  lr: 4e-3,
  targetNoise: { px: 0.3, rad: 0.01 },
};

async function train(source: EpisodeSource, parameters: ModelParameters): Promise<TrainedModel> {
  return await trainModel({
    model: "flow",
    parameters: { ...MODEL, ...parameters },
    seed: 5,
    stream: "train",
    source,
    checkpointEvery: 10_000,
    validateEvery: 250,
  });
}

function score(
  { policy }: TrainedModel,
  source: EpisodeSource,
  options: Partial<ScoreOptions> = {},
): Promise<Score> {
  return getModel("flow").scoring!.score(policy, source, {
    split: "test",
    seed: 1,
    stream: "score",
    samples: 32,
    transitions: 4,
    ...options,
  });
}

Deno.test("score() of flow finds a trained flow calibrated, and better than its references", async () => {
  const source = createPointMasses(300);
  const trained = await train(source, { steps: 2500, consistency: 0 });
  const { episodes, metrics, speeds, figures } = await score(trained, source, {
    samples: 1024,
    transitions: 100,
  });
  const excess = Math.log(1 + STEP_NOISE ** 2 / 0.3 ** 2) + 0.5 * Math.log(2);
  assert.equal(episodes, 30);
  const within = (name: string, low: number, high: number): void =>
    assert.ok(metrics[name]! >= low && metrics[name]! <= high, `${name} is ${metrics[name]}`);
  within("nll_excess", excess - 0.2, excess + 0.6);
  within("nll", -Infinity, metrics["nll_gaussian"]! - 1);
  within("nll_mix", -Infinity, metrics["nll_mix_gaussian"]! - 1);
  within("coverage_50", 0.35, 0.65);
  within("coverage_90", 0.8, 1);
  within("one_step_error", 0, 0.5 * metrics["one_step_error_persistence"]!);
  within("ten_step_error", 0, 0.5 * metrics["ten_step_error_persistence"]!);
  within("one_step_error_constant_velocity", metrics["one_step_error"]!, 2);
  within("chain_gap_px", 0, 5);
  assert.ok(speeds["samples_per_second"]! > 0);
  const [curve] = figures.reliability;
  assert.equal(figures.reliability.length, 4 * 3);
  assert.ok(curve!.coverage[0]! < curve!.coverage.at(-1)!);
  for (const { actual, futures, name } of figures.fans) {
    assert.match(name, /^block_pos/);
    for (const { start, median, bands: [wide, narrow] } of futures) {
      assert.equal(median.length, Math.min(10, actual.length - 1 - start));
      // A point mass moves by at most 4 px a step and its noise.
      assert.ok(Math.abs(median[0]! - actual[start]!) < 8);
      median.forEach((value, i) => {
        assert.ok(wide!.low[i]! <= narrow!.low[i]! && narrow!.low[i]! <= value);
        assert.ok(wide!.high[i]! >= narrow!.high[i]! && narrow!.high[i]! >= value);
      });
    }
  }
});

Deno.test("score() of flow compares with other trainings, the same each time", async () => {
  const source = createPointMasses(60);
  const trained = await train(source, { steps: 20, consistency: 0 });
  const compare = {
    base: await train(source, { steps: 20, consistency: 0, numFlowLayers: 0 }),
    inconsistent: trained,
    consistent: await train(source, { steps: 260, consistency: 0.5 }),
  };
  const first = await score(trained, source, { compare });
  const again = await score(trained, source, { compare });
  assert.deepEqual(again.metrics, first.metrics);
  assert.deepEqual(again.figures, first.figures);
  const { metrics } = first;
  assert.equal(metrics["nll_consistency_off"], metrics["nll"]);
  const [early, late] = compare.consistent.metrics
    .map(({ validationTerms }) => validationTerms).filter((terms) => terms !== undefined);
  assert.deepEqual(Object.keys(early!), ["likelihood", "robust", "forward", "backward"]);
  assert.equal(metrics["consistency_loss_250"], early!["forward"]! + early!["backward"]!);
  assert.equal(metrics["consistency_loss"], late!["forward"]! + late!["backward"]!);
  const alone = (await score(compare.base, source)).metrics;
  assert.equal(metrics["nll_mix_base"], alone["nll_mix"]);
  assert.equal((await score(trained, source)).metrics["chain_gap_px"], metrics["chain_gap_px_off"]);
});

Deno.test("score() of flow stops where it is told to", async () => {
  const source = createPointMasses(60);
  const trained = await train(source, { steps: 5, consistency: 0 });
  const controller = new AbortController();
  const seen: number[] = [];
  const stopped = score(trained, source, {
    samples: 1024,
    transitions: 1000,
    signal: controller.signal,
    onProgress({ predictions, total }) {
      seen.push(predictions);
      assert.ok(predictions <= total);
      controller.abort();
    },
  });
  await assert.rejects(stopped, { name: "AbortError" });
  assert.equal(seen.length, 1);
});

Deno.test("score() of flow refuses an empty split, and a flow of other fields", async () => {
  const source = createPointMasses(60);
  const trained = await train(source, { steps: 1, consistency: 0 });
  await assert.rejects(score(trained, createPointMasses(8)), {
    name: "InvalidInputError",
    message: /^Cannot score a flow: expected transitions in split "test", found none: /,
  });
  const other = await train(source, { steps: 1, consistency: 0, state: ["observation/angle"] });
  await assert.rejects(score(trained, source, { compare: { base: other } }), {
    name: "InvalidInputError",
    message: /^Cannot compare with "base": expected a flow that reads /,
  });
});
