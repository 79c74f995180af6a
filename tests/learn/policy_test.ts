import assert from "node:assert/strict";
import { type SavedPolicy, typedData } from "../../core/episode.ts";
import { exportOnnx, openOnnxModel } from "../../learn/foreign.ts";
import { checkInitialPolicy, createPolicy, trainModel } from "../../learn/mod.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { openExported } from "../activities/onnx/_spaces.ts";
import { createMemorySource } from "./memory_source.ts";

const source = createMemorySource({ episodes: 40, label: true });

async function trainPolicy(): Promise<SavedPolicy> {
  const { policy } = await trainModel({
    model: "bc",
    parameters: { steps: 1500, lr: 2e-3, hidden: [40, 30] },
    seed: 1,
    stream: "train",
    source,
    checkpointEvery: 5000,
    validateEvery: 5000,
  });
  return policy;
}

/** Observations of the first rows of the dataset, and what the expert would have done. */
async function readRows(
  count: number,
): Promise<{ observations: Float32Array[]; labels: number[][] }> {
  const [position, target, label] = await Promise.all(
    ["observation/position", "observation/target", "action_label"].map(async (field) =>
      typedData((await source.readSteps(field, 0, count)).data, Float32Array)
    ),
  );
  return {
    observations: Array.from({ length: count }, (_, row) =>
      Float32Array.of(
        ...position!.subarray(row * 12, row * 12 + 12),
        ...target!.subarray(row * 8, row * 8 + 8),
      )),
    labels: Array.from({ length: count }, (_, row) => [...label!.subarray(row * 4, row * 4 + 4)]),
  };
}

const policy = await trainPolicy();

Deno.test("createPolicy() acts as the labels say, not as the noisy actions", async () => {
  const { observations, labels } = await readRows(300);
  const act = createPolicy(policy);
  let squares = 0;
  observations.forEach((observation, row) => {
    act(observation).forEach((value, j) => squares += (value - labels[row]![j]!) ** 2);
  });
  // The noise has deviation 1, the labels about 0.7.
  assert.ok(Math.sqrt(squares / (300 * 4)) < 0.15);
});

Deno.test("createPolicy() keeps a constant component of the action", () => {
  const act = createPolicy(policy);
  assert.ok(Math.abs(act(new Float32Array(20))[3]! - 0.25) < 0.05);
  assert.throws(() => act(new Float32Array(19)), {
    name: "RangeError",
    message: "Cannot run policy: expected an observation of 20 numbers, found 19",
  });
});

Deno.test("createPolicy() names an absent tensor and a broken configuration", () => {
  const { "dense1/bias": _, ...tensors } = policy.tensors;
  assert.throws(() => createPolicy({ ...policy, tensors }), {
    name: "InvalidInputError",
    message: /Cannot load weights "dense1\/bias": expected shape \[30\], found none/,
  });
  assert.throws(() => createPolicy({ ...policy, config: { hidden: "wide" } }), {
    name: "InvalidInputError",
    message: /Cannot read the configuration of a "bc" policy/,
  });
  assert.throws(() => createPolicy({ ...policy, model: "bd" }), {
    name: "InvalidInputError",
    message: /Cannot find model "bd".*did you mean "bc"\?/,
  });
});

Deno.test("openOnnxModel() runs what exportOnnx() wrote, as the policy acts", async () => {
  const onnx = await openOnnxModel(exportOnnx(policy));
  assert.deepEqual(onnx.inputs, [{ name: "observation", type: "float32", shape: ["batch", 20] }]);
  assert.deepEqual(onnx.outputs, [{ name: "action", type: "float32", shape: ["batch", 4] }]);
  assert.equal(onnx.metadata["model"], "bc");
  assert.deepEqual(JSON.parse(onnx.metadata["config"]!), policy.config);
  await onnx.close();
  await using exported = await openExported(policy);
  const act = createPolicy(policy);
  for (const observation of (await readRows(20)).observations) {
    const expected = act(observation), found = await exported.act(observation);
    expected.forEach((value, j) => assert.ok(Math.abs(value - found[j]!) < 1e-5));
  }
});

Deno.test("openOnnxModel() refuses bytes that are no model", async () => {
  await assert.rejects(openOnnxModel(new Uint8Array(10)), {
    name: "InvalidInputError",
    message: /Cannot open the ONNX model/,
  });
});

Deno.test("checkInitialPolicy() says before training whether a policy fits", async () => {
  const parameters = { hidden: [40, 30] };
  await checkInitialPolicy(policy, { model: "bc", parameters, source });
  await assert.rejects(checkInitialPolicy(policy, { model: "bc", parameters: {}, source }), {
    name: "InvalidInputError",
    message: /Cannot load weights "dense0\/weight": expected shape \[20, 256\], found \[20, 40\]/,
  });
  const other = { ...policy, model: "other" };
  await assert.rejects(checkInitialPolicy(other, { model: "bc", parameters, source }), {
    message: /expected the same model, found "other"/,
  });
});

const { python, reason } = await pythonEnvironment("tests");
Deno.test({
  name: `exportOnnx() passes onnx.checker and onnxruntime in Python acts alike${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".onnx" });
    try {
      await Deno.writeFile(file, exportOnnx(policy));
      const { observations } = await readRows(8);
      const output = await runPython(
        python!,
        `
import json, sys, numpy, onnx, onnxruntime
path, rows = sys.argv[1], json.loads(sys.argv[2])
onnx.checker.check_model(onnx.load(path), full_check=True)
session = onnxruntime.InferenceSession(path)
print(json.dumps(session.run(["action"], {"observation": numpy.float32(rows)})[0].tolist()))
`,
        [file, JSON.stringify(observations.map((observation) => [...observation]))],
      );
      const found: number[][] = JSON.parse(output); // the program above prints it
      const act = createPolicy(policy);
      observations.forEach((observation, row) => {
        act(observation).forEach((value, j) => {
          assert.ok(Math.abs(value - found[row]![j]!) < 1e-5);
        });
      });
    } finally {
      await Deno.remove(file);
    }
  },
});
