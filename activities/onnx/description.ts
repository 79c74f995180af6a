import { z } from "zod";
import { parseDataFile } from "../../core/data_file.ts";
import { describeIssue, findingsError } from "../../core/findings.ts";
import { VIEWPOINT } from "../../pipelines/kinds/cameras.ts";

/**
 * Description of an ONNX policy: what each input of the model is given, and how actions follow from
 * its outputs. It lies beside the file, `policy.onnx.json` beside `policy.onnx`; docs/policies.md
 * explains it.
 */

/** Steps back that an input may look. */
const MAX_OFFSET = 63;

const MAX_HORIZON = 4096;

const number = z.union([z.number(), z.array(z.number()).min(1)], {
  error: "expected a number, or a list of one for each component",
});

const positive = z.union([z.number().gt(0), z.array(z.number().gt(0)).min(1)], {
  error: "expected a number above 0, or a list of one for each component",
});

/** Statistics with which a policy was trained: a model reads (value − mean) / std. */
const normalization = {
  mean: number.describe("Mean that is subtracted").optional(),
  std: positive.describe("Standard deviation by which the difference is divided").optional(),
};

const offsets = z.array(z.int().min(-MAX_OFFSET).max(0)).min(1).max(MAX_OFFSET + 1).default([0])
  .describe("Steps of which the input has the values, relative to the current one");

const shape = z.array(z.int().min(1)).max(8).describe(
  "Shape of the input where the file leaves it open; an open dimension is 1",
);

/** The observation, or fields of it, side by side. */
const observation = z.strictObject({
  observation: z.union([z.literal("all"), z.array(z.string().min(1)).min(1).max(64)], {
    error: 'expected "all", or a list of columns such as ["observation/agent_pos"]',
  }),
  offsets,
  ...normalization,
});

/** Images of a camera, as `generate` records them. */
const camera = z.strictObject({
  camera: VIEWPOINT,
  layout: z.enum(["CHW", "HWC"]).default("CHW").describe("Order of height, width and colours"),
  offsets,
  scale: z.number().gt(0).describe("Factor of the bytes, before mean and std").optional(),
  ...normalization,
});

/** A recurrent state: what an output gave at the prediction before. */
const state = z.strictObject({
  state: z.string().min(1).describe("Output of the model that becomes this input"),
  shape: shape.optional(),
  initial: z.number().default(0).describe("Value of every element at the start of an episode"),
});

const noise = z.strictObject({
  noise: z.literal("normal").describe("Standard normal numbers, new at each prediction"),
  shape: shape.optional(),
});

/** The action before, and what stands for it at the start of an episode. */
const lastAction = z.strictObject({
  lastAction: z.union([
    z.number(),
    z.array(z.number()).min(1),
    z.strictObject({ columns: z.array(z.int().min(0)).min(1) }),
  ], { error: "expected numbers, or { columns: [0, 1] } of the observation" }),
  ...normalization,
});

const action = z.strictObject({
  output: z.string().min(1).describe("Output of the model that has the actions"),
  horizon: z.int().min(1).max(MAX_HORIZON).default(1).describe("Actions per prediction"),
  first: z.int().min(0).default(0).describe("The action of a prediction that is for now"),
  nActionSteps: z.int().min(1).describe(
    "Actions to execute before the next prediction (default all from the first on)",
  ).optional(),
  ...normalization,
}).check(({ value: { horizon, first, nActionSteps = 1 }, issues }) => {
  if (first + nActionSteps <= horizon) return;
  issues.push({
    code: "custom",
    input: nActionSteps,
    path: ["nActionSteps"],
    message: `expected first + nActionSteps of at most horizon (${horizon})`,
    params: { remedy: "lower it, or raise horizon" },
  });
});

const input = z.union([observation, camera, state, noise, lastAction], {
  error: "expected an object with observation, camera, state, noise or lastAction",
});

const SCHEMA = z.strictObject({
  version: z.literal(1).describe("Version of this format"),
  inputs: z.record(z.string(), input).describe("What each input of the model is given, by name"),
  action,
});

/** A checked description. */
export type PolicyDescription = z.output<typeof SCHEMA>;

/** Description of one input. */
export type PolicyInput = z.output<typeof input>;
export type ObservationInput = z.output<typeof observation>;
export type CameraInput = z.output<typeof camera>;

/**
 * Reads a description.
 *
 * @param file Name that messages show
 * @throws {InvalidInputError} If it is none; the message lists everything that is wrong with it
 */
export function parseDescription(text: string, file: string): PolicyDescription {
  const what = "the description of an ONNX policy";
  const { value, locate } = parseDataFile(text, file, what);
  const result = SCHEMA.safeParse(value);
  if (result.success) return result.data;
  const findings = result.error.issues.flatMap((issue) => describeIssue(SCHEMA, issue, value));
  throw findingsError({ what: "description", name: file, locate }, findings);
}
