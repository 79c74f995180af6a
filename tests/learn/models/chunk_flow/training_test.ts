import assert from "node:assert/strict";
import type { Tensor } from "../../../../core/episode.ts";
import { createRandom } from "../../../../core/random.ts";
import {
  createPolicy,
  getModel,
  resolveParameters,
  type TrainingState,
  trainModel,
  type TrainOptions,
} from "../../../../learn/mod.ts";
import { flowBatches } from "../../../../learn/models/chunk_flow/flow_matching.ts";
import { mlpWeights, recordMlp } from "../../../../learn/models/chunk_flow/network.ts";
import { meanSquaredError } from "../../../../learn/tape/ops.ts";
import { createColumnSource } from "../../column_source.ts";
import { gradientsOf } from "../../tape/gradients.ts";
import { BODY, createPushSource } from "./_push_source.ts";

const source = createPushSource([25, 30, 28, 20, 26, 31, 22, 20]);

function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: "chunk-flow",
    parameters: { steps: 20, batch: 72, lr: 1e-2, hidden: [16, 16], average: 0.9, body: BODY },
    seed: 3,
    stream: "train",
    source,
    checkpointEvery: 1000,
    validateEvery: 7,
    ...changes,
  };
}

Deno.test("recordMlp() has the gradients of finite differences", () => {
  const random = createRandom(1, "mlp", 0), rows = 6;
  const mlp = { inputs: 3, hidden: [5, 5, 4, 4], outputs: 2 };
  const weights = mlpWeights(mlp);
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
  const tensors: Record<string, Tensor> = Object.fromEntries(
    weights.map(({ name, shape }) => [name, { shape, data: draw(shape[0] * (shape[1] ?? 1)) }]),
  );
  const inputs = { x: draw(rows * 3), y: draw(rows * 2) };
  const measure = (tensors: Readonly<Record<string, Tensor>>) =>
    gradientsOf({
      weights,
      tensors,
      inputs,
      rows,
      record(tape) {
        const prediction = recordMlp(tape, tape.input("x", 3), mlp);
        meanSquaredError(tape, prediction, tape.input("y", 2));
      },
    });
  const { gradients } = measure(tensors);
  const step = 2e-3;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    data.forEach((value, i) => {
      const [up, down] = [value + step, value - step].map((moved) =>
        measure({ ...tensors, [name]: { shape, data: data.with(i, moved) } }).loss
      );
      const expected = (up! - down!) / (2 * step), found = gradients[name]!.data[i]!;
      const size = 0.02 + 0.01 * Math.abs(expected); // of a loss about 10 in single precision
      assert.ok(Math.abs(found - expected) < size, `${name}[${i}]: ${found}, ${expected}`);
    });
  }
});

Deno.test("chunk models train to the same bits after any stop and resume", async () => {
  for (const model of ["chunk-flow", "chunk"]) {
    const whole = await trainModel(options({ model }));
    const states: TrainingState[] = [];
    await trainModel(options({
      model,
      checkpointEvery: 5,
      saveCheckpoint: (state) => {
        states.push({ ...state, state: JSON.parse(JSON.stringify(state.state)) });
        return Promise.resolve();
      },
    }));
    assert.deepEqual(states.map(({ step }) => step), [5, 10, 15, 20]);
    for (const resume of states) {
      const resumed = await trainModel(options({ model, resume }));
      assert.deepEqual(resumed.state, whole.state);
      assert.deepEqual(resumed.policy, whole.policy);
      assert.deepEqual(resumed.metrics, whole.metrics);
    }
    const threads = await trainModel(options({ model, threads: 2 }));
    assert.deepEqual(threads.state, whole.state);
  }
});

Deno.test("trainModel() averages the weights of all steps, and the policy takes the average", async () => {
  const weights: Readonly<Record<string, Tensor>>[] = [];
  const { policy } = await trainModel(options({
    checkpointEvery: 1,
    saveCheckpoint: ({ tensors }) => {
      weights.push(tensors);
      return Promise.resolve();
    },
  }));
  const name = "dense1/weight", { data } = policy.tensors[name]!;
  // Whatever it began at fades: the first decay is 2 / 11.
  const of = (step: number) => Array.from(weights[step]![`weights/${name}`]!.data);
  let average = Array.from(weights[0]![`average/${name}`]!.data);
  for (let step = 2; step <= 20; step++) {
    const decay = Math.min(0.9, (1 + step) / (10 + step)), now = of(step - 1);
    average = average.map((value, i) => decay * value + (1 - decay) * now[i]!);
  }
  data.forEach((value, i) => assert.ok(Math.abs(value - average[i]!) < 1e-6));
  assert.notDeepEqual(Array.from(data), of(19));
  const last = await trainModel(
    options({ parameters: { ...options().parameters, average: 0 } }),
  );
  assert.deepEqual(Array.from(last.policy.tensors[name]!.data), of(19));
});

Deno.test("flowBatches() are a pure function of the step, on the path from noise to chunk", async () => {
  const chunks = Float32Array.from({ length: 12 }, (_, i) => i / 3);
  const inner = {
    rows: 3,
    prepare: () => undefined,
    fill(input: string, _first: number, rows: number, out: Float32Array, stride: number) {
      for (let row = 0; row < rows; row++) {
        if (input === "state") out.set([row, 10 * row], row * stride);
        else out.set(chunks.subarray(4 * row, 4 * row + 4), row * stride);
      }
    },
  };
  const widths = { batch: 3, stateWidth: 2, chunkWidth: 4 };
  const read = async (steps: readonly number[]) => {
    const batches = flowBatches(inner, { ...widths, seed: 1, stream: "train" });
    for (const step of steps) await batches.prepare(step);
    const x = new Float32Array(3 * 15), velocity = new Float32Array(3 * 4);
    batches.fill("x", 0, 3, x, 15);
    batches.fill("velocity", 0, 3, velocity, 4);
    return { x, velocity };
  };
  assert.deepEqual(await read([7]), await read([2, 9, 7]));
  assert.notDeepEqual((await read([7])).x, (await read([8])).x);
  const { x, velocity } = await read([7]);
  for (let row = 0; row < 3; row++) {
    const time = x[15 * row + 14]!;
    assert.deepEqual([...x.subarray(15 * row, 15 * row + 2)], [row, 10 * row]);
    for (let i = 0; i < 4; i++) {
      const end = x[15 * row + 2 + i]! + (1 - time) * velocity[4 * row + i]!;
      assert.ok(Math.abs(end - chunks[4 * row + i]!) < 1e-5);
    }
  }
});

Deno.test("chunk-flow acts by either of two experts, chunk between them", async () => {
  // Each episode goes up or down from the same state, which only the chunk as a whole tells.
  const episodes = 120, length = 8;
  const action = Float32Array.from(
    { length: episodes * length },
    (_, row) => (Math.floor(row / length) % 2 === 0 ? 1 : -1),
  );
  const two = {
    ...createColumnSource({
      environment: "two",
      controlHz: 10,
      lengths: new Array<number>(episodes).fill(length),
      columns: {
        "observation/x": { dtype: "float32", shape: [1], data: new Float32Array(action.length) },
        action: { dtype: "float32", shape: [1], data: action },
      },
      splitOf: () => "train",
    }),
    statistics: { action: { mean: [0], std: [1], min: [-1], max: [1] } },
  };
  const firstActions = async (model: string) => {
    const { policy } = await trainModel(options({
      model,
      source: two,
      parameters: {
        steps: 800,
        batch: 64,
        lr: 1e-2,
        hidden: [32, 32],
        nObsSteps: 1,
        ...(model === "chunk" ? {} : { noiseScale: 1 }),
      },
    }));
    const act = createPolicy(policy);
    return Array.from({ length: 40 }, (_, index) => {
      act.begin!(createRandom(1, "episode", index));
      return act(Float32Array.of(0))[0]!;
    });
  };
  const drawn = await firstActions("chunk-flow");
  for (const expert of [1, -1]) {
    const near = drawn.filter((value) => Math.abs(value - expert) < 0.3);
    assert.ok(near.length > 8, `${drawn}`);
  }
  assert.ok(drawn.filter((value) => Math.abs(value) < 0.5).length < 8, `${drawn}`);
  assert.ok((await firstActions("chunk")).every((value) => Math.abs(value) < 0.4));
});

Deno.test("chunk models refuse what cannot be trained", async () => {
  const refused = (name: string, parameters: Record<string, number>) => () =>
    resolveParameters(getModel(name), parameters);
  assert.throws(refused("chunk-flow", { horizon: 4, nActionSteps: 5 }), {
    name: "InvalidInputError",
    message: 'Cannot train "chunk-flow" with nActionSteps: expected at most horizon (4), ' +
      "found 5: lower it, or raise horizon",
  });
  assert.throws(refused("chunk", { horizon: 2 }), /with nActionSteps: expected at most horizon/);
  assert.throws(refused("chunk-flow", { noiseScale: -0.1 }), {
    name: "InvalidInputError",
    message: /with noiseScale: expected at least 0, found -0.1/,
  });
  assert.throws(refused("chunk", { noiseScale: 1 }), /expected its parameters, found "noiseScale"/);
  const train = (changes: object) => () =>
    trainModel(options({ parameters: { ...options().parameters, ...changes } }));
  await assert.rejects(train({ horizon: 32 }), {
    name: "InvalidInputError",
    message:
      "Cannot train with horizon 32: expected at most 31, the steps of the longest episode: " +
      "lower it",
  });
  await assert.rejects(train({ body: { ...BODY, angle: "observation/angel" } }), {
    name: "InvalidInputError",
    message: /body.angle "observation\/angel".*did you mean "observation\/angle"/,
  });
});
