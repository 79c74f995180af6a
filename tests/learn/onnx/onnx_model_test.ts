import assert from "node:assert/strict";
import { openOnnxModel } from "../../../learn/foreign.ts";
import { ModelProto } from "../../../learn/onnx/onnx_schema.ts";

const FLOAT = 1, EXTERNAL = 1;

/** A model of some nodes and constants, from `x` to `y`. */
function modelOf(
  graph: { readonly node: readonly object[]; readonly initializer?: readonly object[] },
) {
  const value = (name: string) => ({
    name,
    type: { tensor_type: { elem_type: FLOAT, shape: { dim: [{ dim_value: 1 }] } } },
  });
  return ModelProto.encode({
    ir_version: 8,
    opset_import: [{ domain: "", version: 17 }],
    graph: { name: "g", input: [value("x")], output: [value("y")], ...graph },
  }).finish();
}

const OUTSIDE = { dims: [1], data_type: FLOAT, name: "w", data_location: EXTERNAL };

Deno.test("openOnnxModel() refuses tensors in other files, which no digest covers", async () => {
  const add = { input: ["x", "w"], output: ["y"], op_type: "Add" };
  const constant = {
    output: ["w"],
    op_type: "Constant",
    attribute: [{ name: "value", type: 4, t: OUTSIDE }],
  };
  const branch = { name: "b", node: [constant], output: [{ name: "w" }] };
  const choice = {
    input: ["c"],
    output: ["w"],
    op_type: "If",
    attribute: ["then_branch", "else_branch"].map((name) => ({ name, type: 5, g: branch })),
  };
  for (
    const model of [
      modelOf({ node: [add], initializer: [OUTSIDE] }),
      modelOf({ node: [constant, add] }),
      modelOf({ node: [choice, add] }),
    ]
  ) {
    await assert.rejects(openOnnxModel(model), {
      name: "InvalidInputError",
      message: "Cannot open the ONNX model: expected one whose weights are in the file, found " +
        'tensor "w" in another one: export it with external_data=False',
    });
  }
});

Deno.test("openOnnxModel() runs a model, and says on one line what it refuses", async () => {
  const model = await openOnnxModel(
    modelOf({ node: [{ input: ["x", "x"], output: ["y"], op_type: "Add" }] }),
  );
  const x = (...data: number[]) =>
    ({ type: "float32", shape: [data.length], data: Float32Array.from(data) }) as const;
  const { y } = await model.run({ x: x(1.5) }, ["y"]);
  assert.deepEqual(y, x(3));
  await assert.rejects(model.run({ x: x(1, 2) }, ["y"]), {
    name: "InvalidInputError",
    message: /^Cannot run the ONNX model: expected one that takes float32 x\[2\], found .+: use/,
  });
  await model.close();
});
