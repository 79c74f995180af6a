import assert from "node:assert/strict";
import { bindPolicy } from "../../../activities/onnx/bind_policy.ts";
import { parseDescription } from "../../../activities/onnx/description.ts";
import { ONNX_TYPES, type OnnxType } from "../../../learn/foreign.ts";
import { spacesOf } from "./_spaces.ts";

/** Fits a model with a recurrent state of a type. */
function bind(type: string, initial: number) {
  const description = {
    version: 1,
    inputs: { numbers: { observation: "all" }, memory: { state: "next", initial } },
    action: { output: "action" },
  };
  const value = (name: string, type: string, size: number) => ({ name, type, shape: [1, size] });
  const model = {
    inputs: [value("numbers", "float32", 2), value("memory", type, 3)],
    outputs: [value("action", "float32", 2), value("next", type, 3)],
  };
  return bindPolicy(model, parseDescription(JSON.stringify(description), "x"), spacesOf(2, 2));
}

Deno.test("bindPolicy() refuses a state that begins with what its type cannot hold", () => {
  const cases: Readonly<Record<OnnxType, readonly [good: number[], bad: number[]]>> = {
    float32: [[0, 0.1, -3e38], [1e39, -1e300]],
    float64: [[0, 0.1, 1e300], []],
    int32: [[0, -(2 ** 31)], [0.5, 2 ** 31, 1e300]],
    int64: [[0, -3, 2 ** 52], [0.5, -1e300]],
    uint8: [[0, 255], [-1, 256, 0.5]],
  };
  assert.deepEqual(Object.keys(cases).sort(), Object.keys(ONNX_TYPES).sort());
  for (const [type, [good, bad]] of Object.entries(cases)) {
    for (const initial of good) assert.doesNotThrow(() => bind(type, initial));
    for (const initial of bad) {
      assert.throws(() => bind(type, initial), {
        name: "InvalidInputError",
        message: `Cannot use the ONNX policy "inputs.memory.initial": expected a number of type ` +
          `${type}, found ${initial}: correct it, or remove it: a state begins with 0 then`,
      });
    }
  }
});
