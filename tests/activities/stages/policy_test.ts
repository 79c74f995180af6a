import assert from "node:assert/strict";
import { openPolicy } from "../../../activities/stages/policy.ts";
import type { StageTask } from "../../../activities/types.ts";
import { compilePipeline, evaluatePipeline } from "../../../pipelines/mod.ts";
import { ModelProto } from "../../../learn/onnx/onnx_schema.ts";
import { getEnvironment, isBatchPolicy, rolloutCandidates } from "../../../sim/mod.ts";
import { importedPolicyDirectory, importPolicy } from "../../../store/mod.ts";
import { float32 } from "../../sim/_tables.ts";
import { CONTEXT } from "../../pipelines/_context.ts";

const reach = getEnvironment("reach");

/** `observation · W` for a matrix of ones, as another tool may write it: every size left open. */
function linearModel(inputs: number, outputs: number): Uint8Array {
  const open = (name: string) => ({
    name,
    type: {
      tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: "b" }, { dim_param: name }] } },
    },
  });
  const ones = new Float32Array(inputs * outputs).fill(0.01);
  return ModelProto.encode({
    ir_version: 8,
    producer_name: "another tool",
    opset_import: [{ domain: "", version: 17 }],
    graph: {
      name: "linear",
      node: [{ input: ["state", "weight"], output: ["command"], op_type: "MatMul" }],
      initializer: [{
        dims: [inputs, outputs],
        data_type: 1,
        name: "weight",
        raw_data: new Uint8Array(ones.buffer),
      }],
      input: [open("state")],
      output: [open("command")],
    },
  }).finish();
}

/** Opens an ONNX file that was brought into a data root. */
async function openImported(bytes: Uint8Array) {
  const root = await Deno.makeTempDir({ prefix: "sluice-policy-" });
  const policy = { bytes, description: null };
  await importPolicy(root, policy);
  await importPolicy(root, policy);
  const path = importedPolicyDirectory(policy);
  const declaration = evaluatePipeline({ policy: path, environment: "reach" });
  const { stages } = compilePipeline(declaration, {
    ...CONTEXT,
    resolveExternal: () => ({ path, digest: "d", runtime: "onnxruntime" }),
  });
  const task: StageTask = {
    base: "",
    stage: stages[0]!,
    inputs: [],
    inputStages: [],
    owner: "test",
    directory: "runs/test/0001",
    build: "test",
  };
  try {
    return await openPolicy(task, { root }, reach);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("openPolicy() runs an ONNX file of another tool, whose sizes are open", async () => {
  await using policy = await openImported(linearModel(20, 4));
  const observation = new Float32Array(20).fill(1);
  assert.ok(!isBatchPolicy(policy.act));
  for (const value of await policy.act(observation)) {
    assert.ok(Math.abs(value - 0.2) < 1e-6);
  }
  const run = (act: typeof policy.act) =>
    rolloutCandidates({
      environment: reach,
      policy: act,
      seed: 1,
      stream: "onnx",
      first: 0,
      count: 2,
      maxSteps: 10,
    });
  // What answers later moves the world as what answers at once.
  const sum = (observation: Float32Array) =>
    new Float32Array(4).fill(observation.reduce((total, value) => total + 0.01 * value, 0));
  const later = await run((observation) => Promise.resolve(sum(observation)));
  assert.deepEqual(later, await run(sum));
  const found = float32((await run(policy.act)).step["action"]);
  const expected = float32(later.step["action"]);
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-4));
});

Deno.test("openPolicy() refuses an ONNX file of another shape", async () => {
  await assert.rejects(openImported(linearModel(19, 4)), {
    name: "InvalidInputError",
    message: /Cannot run the ONNX model: expected one that takes float32 state\[1, 20\]/,
  });
  await assert.rejects(openImported(linearModel(20, 3)), {
    name: "InvalidInputError",
    message: /expected an action of 4 numbers, found float32 command\[b, 3\]/,
  });
});
