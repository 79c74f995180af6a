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
import { type Body, type Frame, turnToWorld } from "./body.ts";
import { type Conditioner, conditionerWeights, recordConditioner } from "./conditioner.ts";
import { contextWidth, type FlowState, recordContext } from "./context.ts";
import { type Couplings, couplingWeights, recordCouplings, recordInverse } from "./couplings.ts";
import { type DiagonalNormal, logDensity, standardize, unstandardize } from "./diagonal_normal.ts";

/**
 * The transition density p(x at t + Δt | x at t, condition) of a conditional neural stochastic flow
 * (Neural Stochastic Flows, arXiv 2510.25769): a Gaussian about x + μ·Δt whose variance grows with
 * Δt, and affine couplings on its standardised residuals whose shifts and log-scales are multiplied
 * by Δt. At Δt = 0 a sample is x, bit for bit.
 */

/** A sample and its log density, `[rows, 1]`. */
export interface FlowSample {
  readonly value: Value;
  readonly logDensity: Value;
}

/** The least deviation of one step, in units of the normalised state: a density stays finite. */
export const SCALE_FLOOR = 1e-4;
/** Factors that bring outputs of conditioners to the size of a normalised state. */
export const RATES = { mean: 0.3, scale: 0.05 } as const;

/** Weights of base and couplings. */
export function transitionWeights(architecture: FlowArchitecture): readonly WeightSpec[] {
  return [
    ...conditionerWeights(baseOf(architecture)),
    ...couplingWeights(couplingsOf(architecture)),
  ];
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
  const { base, context } = recordBase(tape, architecture, from, interval);
  const { value, logDeterminant } = recordCouplings(tape, couplingsOf(architecture), noise, {
    context,
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
  const { base, context } = recordBase(tape, architecture, from, interval);
  const residual = standardize(tape, base, to);
  const { value, logDeterminant } = recordInverse(tape, couplingsOf(architecture), residual, {
    context,
    extent: interval,
  });
  const density = logDensity(tape, base, value);
  return {
    logDensity: logDeterminant === null ? density : subtract(tape, density, logDeterminant),
    base,
  };
}

/** The Gaussian base over an interval `[rows, 1]`, in steps, and what it was computed from. */
function recordBase(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
): { readonly base: DiagonalNormal; readonly context: Value } {
  const { state } = architecture;
  const { context, frame } = recordContext(tape, architecture, from, interval);
  const output = recordConditioner(tape, context, baseOf(architecture));
  const rate = affine(tape, sliceColumns(tape, output, 0, state), RATES.mean);
  const drift = frame === null ? rate : turnDrift(tape, architecture.body!, frame, rate);
  const scale = affine(
    tape,
    pointwise(tape, sliceColumns(tape, output, state, state), "softplus"),
    RATES.scale,
    SCALE_FLOOR,
  );
  const base = {
    mean: add(tape, from.state, multiply(tape, drift, interval)),
    scale: multiply(tape, scale, pointwise(tape, interval, "sqrt")),
  };
  return { base, context };
}

/** The drift of the state where that of the body's position is predicted in the body's frame. */
function turnDrift(tape: Tape, body: Body, frame: Frame, drift: Value): Value {
  const [x, y] = body.position.map(({ column }) => column);
  const part = (column: number): Value => sliceColumns(tape, drift, column, 1);
  const [turnedX, turnedY] = turnToWorld(tape, body, frame, [part(x!), part(y!)]);
  return concatColumns(
    tape,
    Array.from(
      { length: drift.width },
      (_, column) => column === x ? turnedX : column === y ? turnedY : part(column),
    ),
  );
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
