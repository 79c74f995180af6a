import { add, concatColumns, multiply, pointwise, sliceColumns } from "../tape/arithmetic.ts";
import type { WeightSpec } from "../tape/parameters.ts";
import type { Tape, Value } from "../tape/tape.ts";
import type { FlowArchitecture } from "./architecture.ts";
import { type Body, type Frame, turnToWorld } from "./body.ts";
import { contextWidth, type FlowState, recordContext } from "./context.ts";
import type { DiagonalNormal } from "./diagonal_normal.ts";
import {
  type FlowSample,
  type PlacedFlow,
  recordPlacedDensity,
  recordPlacedSample,
  recordRates,
  type ResidualFlow,
  residualFlow,
  residualFlowWeights,
} from "./residual_flow.ts";

/**
 * The transition density p(x at t + Δt | x at t, condition) of a conditional neural stochastic flow
 * (Neural Stochastic Flows, arXiv 2510.25769): a Gaussian about x + μ·Δt whose variance grows with
 * Δt, and affine couplings on its standardised residuals whose shifts and log-scales are multiplied
 * by Δt. At Δt = 0 a sample is x, bit for bit.
 */

/** Weights of base and couplings. */
export function transitionWeights(architecture: FlowArchitecture): readonly WeightSpec[] {
  return residualFlowWeights(flowOf(architecture));
}

/**
 * A sample of the transition.
 *
 * @param interval `[rows, 1]` steps
 * @param noise `[rows, state]` standard normal
 */
export function recordSample(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
  noise: Value,
): FlowSample {
  return recordPlacedSample(tape, placeFlow(tape, architecture, from, interval), noise);
}

/** ln p(to | from), `[rows, 1]`, and the base that it used. */
export function recordLogDensity(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
  to: Value,
): { readonly logDensity: Value; readonly base: DiagonalNormal } {
  const placed = placeFlow(tape, architecture, from, interval);
  return { logDensity: recordPlacedDensity(tape, placed, to), base: placed.base };
}

/** The flow over an interval `[rows, 1]`, in steps. */
function placeFlow(
  tape: Tape,
  architecture: FlowArchitecture,
  from: FlowState,
  interval: Value,
): PlacedFlow {
  const flow = flowOf(architecture);
  const { context, frame } = recordContext(tape, architecture, from, interval);
  const { drift: rate, scale } = recordRates(tape, flow, context);
  const drift = frame === null ? rate : turnDrift(tape, architecture.body!, frame, rate);
  const base = {
    mean: add(tape, from.state, multiply(tape, drift, interval)),
    scale: multiply(tape, scale, pointwise(tape, interval, "sqrt")),
  };
  return { flow, base, context, extent: interval };
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

function flowOf(architecture: FlowArchitecture): ResidualFlow {
  return residualFlow(architecture, {
    ...architecture,
    prefix: "",
    context: contextWidth(architecture),
  });
}
