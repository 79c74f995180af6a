import assert from "node:assert/strict";
import { keepsBits } from "../../../activities/onnx/batch_act.ts";
import type { BoundPolicy } from "../../../activities/onnx/bound_policy.ts";
import { openOnnxPolicy } from "../../../activities/onnx/onnx_policy.ts";
import { exportOnnx, type OnnxModel } from "../../../learn/foreign.ts";
import { fieldWidth, type ModelParameters } from "../../../learn/mod.ts";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { createPushSource } from "../../learn/models/chunk_flow/_push_source.ts";
import { trainPolicy } from "../../learn/models/chunk_flow/_train_policy.ts";

const environment = getEnvironment("push-t", { engine: "chipmunk" });
const pushes = createPushSource([25, 30, 28, 20]), action = pushes.statistics["action"]!;
const source = {
  ...pushes,
  statistics: Object.fromEntries(
    pushes.schema.step.map(({ name }) => {
      const width = fieldWidth(pushes, name);
      const like = { mean: Array<number>(width).fill(200), std: Array<number>(width).fill(90) };
      return [name, { ...action, ...like }];
    }),
  ),
};

async function exported(model: string, parameters: ModelParameters) {
  const trained = { steps: 10, hidden: [24, 17], ...parameters };
  return { bytes: exportOnnx(await trainPolicy(source, model, trained)), description: null };
}

const MODELS: Readonly<Record<string, ModelParameters>> = {
  "bc": {},
  "chunk": { horizon: 5, nActionSteps: 3 },
  "chunk-flow": { nObsSteps: 3 },
};

for (const [model, parameters] of Object.entries(MODELS)) {
  Deno.test(`an ONNX file of ${model} acts in several worlds at once with the bits of one`, async () => {
    await using policy = await openOnnxPolicy(await exported(model, parameters), environment);
    const { together } = policy;
    // Whether the runtime keeps bits is the processor's affair: there it was seen.
    if (Deno.build.arch !== "x86_64" && together === null) return;
    assert.ok(together !== null);
    const options = {
      environment,
      seed: 3,
      stream: "evaluate",
      first: 2,
      count: 11,
      maxSteps: 25,
      actionNoise: 3,
      attempts: { most: 2, until: "success" },
    } as const;
    const one = await rolloutCandidates({ ...options, policy: policy.act });
    for (const worlds of [16, 6, 3]) {
      const found = await rolloutCandidates({ ...options, policy: { ...together, worlds } });
      assert.deepEqual(found, one);
    }
  });
}

Deno.test("openOnnxPolicy() acts in one world where worlds are dear", async () => {
  const { worldsTogether: _, ...dear } = environment;
  await using policy = await openOnnxPolicy(await exported("bc", {}), dear);
  assert.equal(policy.together, null);
});

const POLICY: BoundPolicy = {
  inputs: [{
    name: "observation",
    type: "float32",
    shape: [1, 2],
    source: "observation",
    columns: [0, 1],
    offsets: [0],
    statistics: { mean: [0, 0], std: [1, 1] },
  }],
  observationSize: 2,
  actionSize: 1,
  action: {
    output: "action",
    ...{ horizon: 2, first: 0, nActionSteps: 2 },
    statistics: { mean: [0], std: [1] },
  },
};

/** A model that gives each row both of its numbers, as another changes them. */
function modelOf(
  change: (data: Float32Array, rows: number) => Float32Array,
  batch: number | string = "batch",
): OnnxModel {
  const info = (name: string) => ({ name, type: "float32", shape: [batch, 2] });
  return {
    inputs: [info("observation")],
    outputs: [info("action")],
    metadata: {},
    run({ observation }) {
      const { data, shape: [rows = 0] } = observation!;
      const action = change(Float32Array.from(data, Number), rows);
      return Promise.resolve({
        action: { type: "float32", shape: [action.length / 2, 2], data: action },
      });
    },
    close: () => Promise.resolve(),
  };
}

const keeps = (model: OnnxModel, policy = POLICY) => keepsBits(model, policy, ["action"]);

Deno.test("keepsBits() is true of a model whose rows are episodes of their own", async () => {
  assert.equal(await keeps(modelOf((data) => data.map((value) => value * 3))), true);
});

Deno.test("keepsBits() is false where rows change each other, be it in the last bit", async () => {
  const mixed = modelOf((data) => data.map((value, i) => value + data[(i + 2) % data.length]!));
  assert.equal(await keeps(mixed), false);
  const rounded = modelOf((data, rows) =>
    data.map((value, i) => rows > 1 && i === 5 ? -value : value)
  );
  assert.equal(await keeps(rounded), false);
  assert.equal(await keeps(modelOf((data) => data.slice(0, 2))), false, "one row for all");
});

Deno.test("keepsBits() runs no model together whose batch is fixed, or that sees images", async () => {
  const never = () => assert.fail("it was run");
  assert.equal(await keeps(modelOf(never, 1)), false);
  const camera = { ...POLICY.inputs[0]!, source: "camera" };
  const seeing = { ...POLICY, inputs: [camera] } as unknown as BoundPolicy; // only its source is read
  assert.equal(await keeps(modelOf(never), seeing), false);
});
