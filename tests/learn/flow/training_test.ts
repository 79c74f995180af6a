import assert from "node:assert/strict";
import {
  createPolicy,
  defaultParameters,
  getModel,
  type TrainingState,
  trainModel,
  type TrainOptions,
} from "../../../learn/mod.ts";
import { createPointMasses, STEP_NOISE } from "./point_mass.ts";

const source = createPointMasses(120);

/** Small enough to train in a second or two. */
const SIZES = {
  hiddenSize: 24,
  conditionerHiddenSize: 16,
  auxHiddenSize: 16,
  auxConditionerHiddenSize: 16,
};

function options(
  parameters: TrainOptions["parameters"],
  changes: Partial<TrainOptions> = {},
): TrainOptions {
  return {
    model: "flow",
    parameters: { ...SIZES, steps: 30, batch: 70, ...parameters },
    seed: 3,
    stream: "train",
    source,
    checkpointEvery: 1000,
    validateEvery: 10,
    ...changes,
  };
}

Deno.test("defaultParameters() of flow are the documented ones", () => {
  const { steps, batch, lr, hiddenSize, depth, numFlowLayers, auxNumFlowLayers, consistency } =
    defaultParameters(getModel("flow"));
  assert.deepEqual(
    { steps, batch, lr, hiddenSize, depth, numFlowLayers, auxNumFlowLayers, consistency },
    {
      steps: 25_000,
      batch: 256,
      lr: 1e-3,
      hiddenSize: 128,
      depth: 2,
      numFlowLayers: 4,
      auxNumFlowLayers: 2,
      consistency: 0.5,
    },
  );
});

Deno.test("trainModel() of flow ends in the same bits after any stop and resume", async () => {
  const whole = await trainModel(options({}));
  const states: TrainingState[] = [];
  await trainModel(options({}, {
    checkpointEvery: 7,
    saveCheckpoint: (state) => {
      states.push({ ...state, state: JSON.parse(JSON.stringify(state.state)) });
      return Promise.resolve();
    },
  }));
  assert.deepEqual(states.map(({ step }) => step), [7, 14, 21, 28, 30]);
  for (const resume of states.slice(0, 3)) {
    const resumed = await trainModel(options({}, { resume }));
    assert.deepEqual(resumed.state, whole.state);
    assert.deepEqual(resumed.policy, whole.policy);
    assert.deepEqual(resumed.metrics, whole.metrics);
  }
});

Deno.test("trainModel() ends in the same bits on any number of threads, stopped and resumed", async () => {
  const parameters = { batch: 200, steps: 12 }; // microbatches of 64, 64, 64 and 8 rows
  const alone = await trainModel(options(parameters));
  const states: TrainingState[] = [];
  const saveCheckpoint = (state: TrainingState) => Promise.resolve(void states.push(state));
  await trainModel(options(parameters, { checkpointEvery: 5, saveCheckpoint }));
  const resumed = await trainModel(options(parameters, { threads: 3, resume: states[0]! }));
  assert.deepEqual(resumed.state, alone.state);
});

Deno.test("trainModel() on many threads stops in good order", async () => {
  const controller = new AbortController();
  const { status, state } = await trainModel(options({ batch: 128, steps: 1_000_000 }, {
    threads: 2,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  }));
  assert.equal(status, "stopped");
  assert.ok(state.step > 0);
});

Deno.test("trainModel() of flow approaches the entropy of a world of known density", async () => {
  // Noise of the world, and the declared one on targets, in units of the normalised state.
  const sigma = { px: 0.3, rad: 0.01 };
  const { metrics } = await trainModel(options({
    steps: 1500,
    lr: 4e-3,
    consistency: 0,
    robust: 0,
    oversample: 0,
    maxSteps: 1,
    targetNoise: sigma,
  }, { validateEvery: 500 }));
  const entropy = (variance: number, scale: number): number =>
    0.5 * Math.log(2 * Math.PI * Math.E * variance) - Math.log(scale);
  const bound = 2 * entropy(STEP_NOISE ** 2 + sigma.px ** 2, 150) +
    entropy(0.01 ** 2 + sigma.rad ** 2, 1.8);
  const found = metrics.at(-1)!.validationLoss!;
  assert.ok(found > bound - 0.1 && found < bound + 0.4, `nll ${found}, entropy ${bound}`);
});

Deno.test("trainModel() of flow brings both consistency terms down", async () => {
  const changes = { validateEvery: 50 };
  const { metrics } = await trainModel(options({ steps: 200, lr: 2e-3, consistency: 1 }, changes));
  const losses = metrics.flatMap(({ validationLoss }) => validationLoss ?? []);
  assert.ok(losses.at(-1)! < losses[0]!, `validation losses ${losses}`);
});

Deno.test("createPolicy() says that a flow is no policy", async () => {
  const { policy } = await trainModel(options({ steps: 1 }));
  assert.throws(() => createPolicy(policy), {
    name: "InvalidInputError",
    message: /^Cannot run model "flow": expected a policy, found /,
  });
});

Deno.test("trainModel() of flow names a condition that the dataset has not", async () => {
  await assert.rejects(trainModel(options({ condition: ["dmp/wight"] })), {
    name: "InvalidInputError",
    message: /Cannot train on "dmp\/wight": expected an episode field, found none/,
  });
});
