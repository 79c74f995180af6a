import { z } from "zod";
import type { PointwiseFunction } from "../tape/arithmetic.ts";
import { BODY } from "./body.ts";
import { PLAN } from "./plan.ts";

/** Factors of a residual in a coupling: e^tanh(Δ·o), bounded, or e^(Δ·o). */
export const SCALE_FUNCTIONS = ["tanh_exp", "exp"] as const;

/** Activations of conditioners. */
export const ACTIVATIONS = ["silu", "tanh", "softplus"] as const satisfies PointwiseFunction[];

const width = z.int().min(1).max(8192);
const depth = z.int().min(1).max(16);

/** Sizes of a conditional neural stochastic flow. */
export const ARCHITECTURE = z.strictObject({
  /** Numbers of the state, of which a density is learned. */
  state: z.int().min(1).max(64),
  /** Numbers of the condition, may be 0. */
  condition: z.int().min(0),
  plan: PLAN.nullable(),
  body: BODY.nullable(),
  hiddenSize: width,
  depth,
  conditionerHiddenSize: width,
  conditionerDepth: depth,
  numFlowLayers: z.int().min(0).max(32),
  scaleFn: z.enum(SCALE_FUNCTIONS),
  activation: z.enum(ACTIVATIONS),
  auxHiddenSize: width,
  auxDepth: depth,
  auxConditionerHiddenSize: width,
  auxConditionerDepth: depth,
  auxNumFlowLayers: z.int().min(0).max(32),
  auxScaleFn: z.enum(SCALE_FUNCTIONS),
});

/** Sizes of a flow, as a policy's configuration holds them. */
export type FlowArchitecture = z.output<typeof ARCHITECTURE>;

/** Columns that a coupling leaves and reads, and those that it moves. */
export interface CouplingColumns {
  readonly kept: readonly number[];
  readonly moved: readonly number[];
}

/**
 * The split of coupling k: halves change places from layer to layer, and from pair to pair the
 * columns that form them (blocks, then every second one). A single column is moved by all.
 */
export function couplingColumns(state: number, layer: number): CouplingColumns {
  const columns = Array.from({ length: state }, (_, column) => column);
  const half = Math.floor(state / 2);
  const inFirst = (column: number): boolean =>
    Math.floor(layer / 2) % 2 === 0 ? column < half : column % 2 === 1;
  const keepsFirst = layer % 2 === 0;
  return {
    kept: columns.filter((column) => inFirst(column) === keepsFirst && state > 1),
    moved: columns.filter((column) => inFirst(column) !== keepsFirst || state === 1),
  };
}
