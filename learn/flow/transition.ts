import {
  add,
  affine,
  concatColumns,
  multiply,
  pointwise,
  sliceColumns,
  subtract,
} from "../arithmetic.ts";
import type { WeightSpec } from "../parameters.ts";
import type { Tape, Value } from "../tape.ts";
import type { FlowArchitecture } from "./architecture.ts";
import { type Conditioner, conditionerWeights, recordConditioner } from "./conditioner.ts";
import { type Couplings, couplingWeights, recordCouplings, recordInverse } from "./couplings.ts";
import { type DiagonalNormal, logDensity, standardize, unstandardize } from "./diagonal_normal.ts";

/**
 * The transition density p(x at t + Δt | x at t, condition) of a conditional neural stochastic flow
 * (Neural Stochastic Flows, arXiv 2510.25769): a Gaussian about x + μ·Δt whose variance grows with
 * Δt, and affine couplings on its standardised residuals whose shifts and log-scales are multiplied
 * by Δt. At Δt = 0 a sample is x, bit for bit.
 */

/** A state and what its future depends on. Times are in control steps. */
export interface FlowState {
  /** `[rows, state]` */
  readonly state: Value;
  /** `[rows, condition]`, null where there is none. */
  readonly condition: Value | null;
  /** `[rows, 1]` steps since the start of the episode. */
  readonly time: Value;
}

/** A sample and its log density, `[rows, 1]`. */
export interface FlowSample {
  readonly value: Value;
  readonly logDensity: Value;
}

/** The least deviation of one step, in units of the normalised state: a density stays finite. */
export const SCALE_FLOOR = 1e-4;
/** Factors that bring outputs of conditioners, times and intervals to the size of a state. */
export const RATES = { mean: 0.1, scale: 0.05, time: 0.05, interval: 0.2 } as const;

/** Weights of base and couplings. */
export function transitionWeights(architecture: FlowArchitecture): readonly WeightSpec[] {
  return [
    ...conditionerWeights(baseOf(architecture)),
    ...couplingWeights(couplingsOf(architecture)),
  ];
}

/** The Gaussian base over an interval `[rows, 1]`, in steps. */
export function recordBase(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
): DiagonalNormal {
  const { state } = architecture;
  const output = recordConditioner(
    tape,
    contextOf(tape, from, interval),
    baseOf(architecture),
  );
  const drift = affine(tape, sliceColumns(tape, output, 0, state), RATES.mean);
  const scale = affine(
    tape,
    pointwise(tape, sliceColumns(tape, output, state, state), "softplus"),
    RATES.scale,
    SCALE_FLOOR,
  );
  return {
    mean: add(tape, from.state, multiply(tape, drift, interval)),
    scale: multiply(tape, scale, pointwise(tape, interval, "sqrt")),
  };
}

/**
 * A sample of the transition.
 *
 * @param noise `[rows, state]` standard normal
 */
export function recordSample(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
  noise: Value,
): FlowSample {
  const base = recordBase(tape, architecture, from, interval);
  const { value, logDeterminant } = recordCouplings(tape, couplingsOf(architecture), noise, {
    context: contextOf(tape, from, interval),
    extent: interval,
  });
  const density = logDensity(tape, base, noise);
  return {
    value: unstandardize(tape, base, value),
    logDensity: logDeterminant === null ? density : subtract(tape, density, logDeterminant),
  };
}

/** ln p(to | from), `[rows, 1]`, and the base that it used. */
export function recordLogDensity(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
  to: Value,
): { readonly logDensity: Value; readonly base: DiagonalNormal } {
  const base = recordBase(tape, architecture, from, interval);
  const residual = standardize(tape, base, to);
  const { value, logDeterminant } = recordInverse(tape, couplingsOf(architecture), residual, {
    context: contextOf(tape, from, interval),
    extent: interval,
  });
  const density = logDensity(tape, base, value);
  return {
    logDensity: logDeterminant === null ? density : subtract(tape, density, logDeterminant),
    base,
  };
}

/** State, condition, time and further columns as one input of a conditioner. */
export function contextOf(
  tape: Tape,
  { state, condition, time }: FlowState,
  interval: Value,
  more: readonly Value[] = [],
): Value {
  return concatColumns(tape, [
    state,
    ...(condition === null ? [] : [condition]),
    affine(tape, time, RATES.time),
    affine(tape, interval, RATES.interval),
    ...more,
  ]);
}

/** Width of {@linkcode contextOf} without further columns. */
export function contextWidth({ state, condition }: FlowArchitecture): number {
  return state + condition + 2;
}

function baseOf(architecture: FlowArchitecture): Conditioner {
  const { state, hiddenSize, depth, activation } = architecture;
  return {
    name: "base",
    inputs: contextWidth(architecture),
    hidden: hiddenSize,
    depth,
    outputs: 2 * state,
    activation,
    gain: 0.1, // begins near the present state
  };
}

function couplingsOf(architecture: FlowArchitecture): Couplings {
  return {
    name: "coupling",
    state: architecture.state,
    layers: architecture.numFlowLayers,
    context: contextWidth(architecture),
    hidden: architecture.conditionerHiddenSize,
    depth: architecture.conditionerDepth,
    activation: architecture.activation,
    scaleFn: architecture.scaleFn,
  };
}
