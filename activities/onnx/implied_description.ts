import { z } from "zod";
import { InvalidInputError } from "../../core/errors.ts";
import { describeValues, type OnnxModel } from "../../learn/foreign.ts";
import type { PolicyDescription } from "./description.ts";

/** Metadata of the chunk models that Sluice exports; docs/chunks.md documents it. */
const PROTOCOL = z.looseObject({
  chunk: z.tuple([z.int().min(1), z.int().min(1)]),
  execute: z.int().min(1),
  observations: z.int().min(1),
  noise: z.string().nullable(),
  first_action: z.union([
    z.array(z.number()),
    z.strictObject({ columns: z.array(z.int().min(0)) }),
  ]),
});

/**
 * The description of a model beside which none lies: of a chunk model that Sluice exported by its
 * metadata, and of any other with one input and one output, which are observation and action.
 *
 * @throws {InvalidInputError} If it is neither
 */
export function impliedDescription(
  { inputs, outputs, metadata }: Pick<OnnxModel, "inputs" | "outputs" | "metadata">,
): PolicyDescription {
  const { protocol } = metadata;
  if (protocol !== undefined) return describeProtocol(protocol);
  const [input, ...otherInputs] = inputs, [output, ...otherOutputs] = outputs;
  if (
    input !== undefined && output !== undefined && otherInputs.length + otherOutputs.length === 0
  ) {
    return {
      version: 1,
      inputs: { [input.name]: { observation: "all", offsets: [0] } },
      action: { output: output.name, horizon: 1, first: 0 },
    };
  }
  throw new InvalidInputError({
    action: "use the ONNX model as a policy",
    expected: "one input and one output, or a description of them",
    found: `${describeValues(inputs)}, and outputs ${describeValues(outputs)}`,
    remedy: "describe them in a file beside it, such as policy.onnx.json: see docs/policies.md",
  });
}

function describeProtocol(text: string): PolicyDescription {
  const { chunk: [horizon], execute, observations, noise, first_action } = parseProtocol(text);
  const earlier = Array.from({ length: observations - 1 }, (_, i) => -1 - i);
  return {
    version: 1,
    inputs: {
      observation: { observation: "all", offsets: [0] },
      ...(earlier.length === 0 ? {} : { previous: { observation: "all", offsets: earlier } }),
      last_action: { lastAction: first_action },
      ...(noise === null ? {} : { noise: { noise: "normal" } }),
    },
    action: { output: "chunk", horizon, first: 0, nActionSteps: execute },
  };
}

function parseProtocol(text: string): z.output<typeof PROTOCOL> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const result = PROTOCOL.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInputError({
    action: "use the ONNX model as a policy",
    place: "metadata protocol",
    expected: "what Sluice writes there",
    found: "something else",
    remedy: "export the policy again, or describe it in a file beside it: see docs/policies.md",
  });
}
