import {
  ADAM_DEFAULTS,
  fieldWidth,
  type InputColumns,
  linear,
  meanSquaredError,
  type ModelDefinition,
  openRowBatches,
  openValidationRows,
  parseConfig,
  registerModel,
} from "@sluice/sluice";
import { z } from "zod";

const parameters = z.strictObject({
  steps: z.int().min(1).default(1000).describe("Optimiser steps"),
  batch: z.int().min(1).default(64).describe("Rows of one step"),
  lr: z.number().gt(0).default(0.02).describe("Learning rate"),
});

const CONFIG = z.strictObject({ fields: z.array(z.string()), inputs: z.int(), outputs: z.int() });

/** An action that is linear in the observation, by least squares: a model in one file. */
const linearPolicy: ModelDefinition = {
  name: "linear",
  codeVersion: 1,
  description: "Linear feedback from observation to action, mean squared error",
  parameters,
  async prepare(source, resolved) {
    const { steps, batch, lr } = parameters.parse(resolved);
    const fields = source.schema.step.map(({ name }) => name)
      .filter((name) => name.startsWith("observation/"));
    const inputs = fields.reduce((sum, name) => sum + fieldWidth(source, name), 0);
    const outputs = fieldWidth(source, "action");
    const columns = [raw("observation", fields, inputs), raw("action", ["action"], outputs)];
    return await Promise.resolve({
      config: { fields, inputs, outputs },
      constants: {},
      steps,
      batch,
      optimizer: { ...ADAM_DEFAULTS, learningRate: () => lr, weightDecay: 0, clip: 1 },
      keep: "last",
      openBatches: (seed, stream) => openRowBatches(source, { columns, batch, seed, stream }),
      openValidation: () => openValidationRows(source, columns),
    });
  },
  createNetwork(config) {
    const { inputs, outputs } = parseConfig("linear", CONFIG, config);
    return {
      weights: [
        { name: "gain", shape: [inputs, outputs], initial: { constant: 0 } },
        { name: "offset", shape: [outputs], initial: { constant: 0 } },
      ],
      recordLoss(tape) {
        const observation = tape.input("observation", inputs);
        const action = linear(tape, observation, { weight: "gain", bias: "offset" });
        meanSquaredError(tape, action, tape.input("action", outputs));
      },
    };
  },
  createPolicy({ config, tensors }) {
    const { outputs } = parseConfig("linear", CONFIG, config);
    const gain = tensors["gain"]!.data, offset = tensors["offset"]!.data;
    return (observation) =>
      offset.map((start, j) =>
        observation.reduce((sum, value, i) => sum + value * gain[i * outputs + j]!, start)
      );
  },
  describeOnnx({ config, tensors }) {
    const { inputs, outputs } = parseConfig("linear", CONFIG, config);
    return {
      observationSize: inputs,
      actionSize: outputs,
      nodes: [{ op: "Gemm", inputs: ["observation", "gain", "offset"], output: "action" }],
      initializers: tensors,
    };
  },
};

/** Step fields as they are stored, not normalised. */
function raw(input: string, fields: readonly string[], width: number): InputColumns {
  return { input, fields, mean: new Float32Array(width), scale: new Float32Array(width).fill(1) };
}

registerModel(linearPolicy);
