import { z } from "zod";
import { BODY_FIELDS } from "../../flow/body.ts";

/**
 * Configuration of chunk models: hyperparameters of a training, and the configuration of a saved
 * policy.
 */

const point = z.tuple([z.number(), z.number()]);

/** A rigid body in the plane, moved by a point that is driven to targets. */
const BODY = BODY_FIELDS.extend({
  centre: point.describe("Point of the body about which it turns, in its frame"),
  goal: z.tuple([z.number(), z.number(), z.number()]).describe(
    "Where the body is to be: position and angle (rad)",
  ),
});

const shared = {
  steps: z.int().min(1).default(20_000).describe("Optimiser steps"),
  batch: z.int().min(1).max(65_536).default(512).describe("Batch size in rows"),
  lr: z.number().gt(0).max(10).default(1.5e-3).describe("Peak learning rate"),
  weightDecay: z.number().min(0).max(1).default(0).describe("Decoupled weight decay (AdamW)"),
  warmup: z.int().min(0).default(100).describe(
    "Linear warm-up steps, at most a tenth of all steps; then cosine decay to 0",
  ),
  clip: z.number().gt(0).default(1).describe("Gradient clipping norm"),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).default([256, 256, 256]).describe(
    "Hidden layer widths; a layer as wide as the one before it gets a residual connection",
  ),
  average: z.number().min(0).lt(1).default(0.998).describe(
    "Decay of the exponential moving average of the weights, which the policy uses; 0 " +
      "uses the last weights",
  ),
  horizon: z.int().min(1).max(256).default(8).describe("Actions per chunk"),
  nActionSteps: z.int().min(1).max(256).default(4).describe(
    "Actions to execute before predicting the next chunk; at most horizon",
  ),
  nObsSteps: z.int().min(1).max(16).default(2).describe(
    "Observations in the network's input: the current and previous ones",
  ),
  body: BODY.nullable().default(null).describe(
    "Rigid body in whose frame the network sees observations and outputs actions (target " +
      "points); null uses raw values",
  ),
};

/** Flow matching alone. */
const flow = {
  noiseScale: z.number().min(0).max(10).default(0.3).describe(
    "Standard deviation of the initial noise when sampling a chunk; 1 in training",
  ),
  integrationSteps: z.int().min(1).max(256).default(8).describe(
    "Euler steps from noise to chunk",
  ),
};

/** Checks that a chunk is at least as long as its executed part. */
function checkSteps(
  { value, issues }: z.core.ParsePayload<{ horizon: number; nActionSteps: number }>,
): void {
  const { horizon, nActionSteps } = value;
  if (nActionSteps <= horizon) return;
  issues.push({
    code: "custom",
    input: nActionSteps,
    path: ["nActionSteps"],
    message: `expected at most horizon (${horizon})`,
    params: { remedy: "lower it, or raise horizon" },
  });
}

/** Hyperparameters of `chunk-flow` and of `chunk`. */
export const FLOW_PARAMETERS = z.strictObject({ ...shared, ...flow }).check(checkSteps);
export const REGRESSION_PARAMETERS = z.strictObject(shared).check(checkSteps);

const column = z.int().min(0);

/** A body of a saved policy: columns of the observation in place of names. */
const SAVED_BODY = BODY.extend({
  point: z.tuple([column, column]),
  position: z.tuple([column, column]),
  angle: column,
});

/** Schema of a saved policy's inputs, outputs and sizes. */
export const CONFIG = z.strictObject({
  observation: z.array(z.strictObject({ field: z.string(), width: z.int().min(1) })).min(1),
  action: z.strictObject({
    field: z.string(),
    width: z.int().min(1),
    /** `[width]` bounds of the action space; null if it has none. */
    low: z.array(z.number()).nullable(),
    high: z.array(z.number()).nullable(),
  }),
  horizon: z.int().min(1),
  nActionSteps: z.int().min(1),
  nObsSteps: z.int().min(1),
  hidden: z.array(z.int().min(1)).min(1),
  body: SAVED_BODY.nullable(),
  /** Null if chunks are predicted in one go. */
  flow: z.strictObject({
    noiseScale: z.number().min(0),
    integrationSteps: z.int().min(1),
  }).nullable(),
});

/** A read configuration. */
export type ChunkConfig = z.output<typeof CONFIG>;

/** The body of a dataset, by names of fields, and that of a policy, by columns. */
export type BodyFields = z.output<typeof BODY>;
export type ChunkBody = z.output<typeof SAVED_BODY>;

/** Numbers of an observation. */
export function observationWidth({ observation }: Pick<ChunkConfig, "observation">): number {
  return observation.reduce((sum, { width }) => sum + width, 0);
}
