import { suggestName } from "../../core/suggest.ts";
import { describeValues, type OnnxModel, type OnnxValueInfo } from "../../learn/foreign.ts";
import type { PolicyDescription, PolicyInput } from "./description.ts";
import { refuse } from "./refuse.ts";

type Model = Pick<OnnxModel, "inputs" | "outputs">;

/** Types of elements that each kind of input may have. */
const FLOATS = ["float32", "float64"];
const TYPES = {
  camera: [...FLOATS, "uint8"],
  state: [...FLOATS, "int32", "int64", "uint8"],
  other: FLOATS,
};

/**
 * Checks what a description says against the inputs and outputs of a model, as far as it depends on
 * no environment.
 *
 * @throws {InvalidInputError} If an input or output is missing or of another type
 */
export function checkNames(
  { inputs, outputs }: Model,
  description: PolicyDescription,
): void {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(description.inputs)) {
    if (names.includes(name)) continue;
    throw refuse(`inputs.${name}`, {
      expected: `an input of the model, which has ${describeValues(inputs)}`,
      found: "another name",
      remedy: suggestName(name, names),
    });
  }
  for (const info of inputs) {
    const input = Object.hasOwn(description.inputs, info.name)
      ? description.inputs[info.name]
      : undefined;
    if (input === undefined) {
      throw refuse("inputs", {
        expected: `a description of ${describeValues([info])}, which the model has`,
        found: `${Object.keys(description.inputs).join(", ") || "none"}`,
        remedy: `add inputs.${info.name}: see docs/policies.md`,
      });
    }
    checkInput(info, input, outputs);
  }
  const action = findOutput(outputs, description.action.output, "action.output");
  requireType(action, TYPES.other, "action.output");
}

function checkInput(
  info: OnnxValueInfo,
  input: PolicyInput,
  outputs: readonly OnnxValueInfo[],
): void {
  const place = `inputs.${info.name}`;
  if ("camera" in input) return requireType(info, TYPES.camera, place);
  if (!("state" in input)) return requireType(info, TYPES.other, place);
  requireType(info, TYPES.state, place);
  const output = findOutput(outputs, input.state, `${place}.state`);
  if (output.type === info.type && couldBe(info.shape, output.shape)) return;
  throw refuse(`${place}.state`, {
    expected: `an output like ${describeValues([info])}`,
    found: describeValues([output]),
    remedy: "name the output that has the next state",
  });
}

/** Whether two shapes are the same where both are known. */
function couldBe(left: OnnxValueInfo["shape"], right: OnnxValueInfo["shape"]): boolean {
  return left.length === right.length && left.every((size, axis) => {
    const other = right[axis]!;
    return typeof size === "string" || typeof other === "string" || size === other;
  });
}

function findOutput(
  outputs: readonly OnnxValueInfo[],
  name: string,
  place: string,
): OnnxValueInfo {
  const found = outputs.find((output) => output.name === name);
  if (found !== undefined) return found;
  throw refuse(place, {
    expected: `an output of the model, which has ${describeValues(outputs)}`,
    found: `"${name}"`,
    remedy: suggestName(name, outputs.map((output) => output.name)),
  });
}

function requireType(info: OnnxValueInfo, types: readonly string[], place: string): void {
  if (types.includes(info.type)) return;
  throw refuse(place, {
    expected: `elements of ${types.join(", ")}`,
    found: describeValues([info]),
    remedy: "export the model in single precision, or correct the description",
  });
}
