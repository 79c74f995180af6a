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
import { contextWidth, type FlowState, recordContext } from "./context.ts";
import { type FlowSample, RATES, SCALE_FLOOR } from "./transition.ts";

/**
 * The auxiliary flow q(x at t + r·Δt | x at t, x at t + Δt): a Gaussian about the line between both
 * ends, bent by μ·a·Δt with a = r(1 − r), and couplings of extent 4a. At r = 0 and r = 1 a sample is
 * the end.
 */

/** Brings the way between both ends, a tenth of a state mostly, to the size of other inputs. */
const WAY_RATE = 8;

/** Both ends of a bridge and where on it. */
export interface BridgeEnds {
  readonly from: FlowState;
  /** `[rows, state]` the state `interval` later. */
  readonly to: Value;
  /** `[rows, 1]` steps, positive. */
  readonly interval: Value;
  /** `[rows, 1]` r in [0, 1]. */
  readonly ratio: Value;
}

/** Weights of the bridge, all named `aux/...`. */
export function bridgeWeights(architecture: FlowArchitecture): readonly WeightSpec[] {
  return [
    ...conditionerWeights(baseOf(architecture)),
    ...couplingWeights(couplingsOf(architecture)),
  ];
}

/** A sample of the state between, with its log density. */
export function recordBridgeSample(
  tape: Tape,
  architecture: FlowArchitecture,
  ends: BridgeEnds,
  noise: Value,
): FlowSample {
  const { base, context, extent } = recordBridge(tape, architecture, ends);
  const couplings = couplingsOf(architecture);
  const { value, logDeterminant } = recordCouplings(tape, couplings, noise, { context, extent });
  const density = logDensity(tape, base, noise);
  return {
    value: unstandardize(tape, base, value),
    logDensity: logDeterminant === null ? density : subtract(tape, density, logDeterminant),
  };
}

/** ln q(middle | both ends), `[rows, 1]`. */
export function recordBridgeLogDensity(
  tape: Tape,
  architecture: FlowArchitecture,
  ends: BridgeEnds,
  middle: Value,
): Value {
  const { base, context, extent } = recordBridge(tape, architecture, ends);
  const residual = standardize(tape, base, middle);
  const couplings = couplingsOf(architecture);
  const { value, logDeterminant } = recordInverse(tape, couplings, residual, { context, extent });
  const density = logDensity(tape, base, value);
  return logDeterminant === null ? density : subtract(tape, density, logDeterminant);
}

function recordBridge(tape: Tape, architecture: FlowArchitecture, ends: BridgeEnds): {
  readonly base: DiagonalNormal;
  readonly context: Value;
  readonly extent: Value;
} {
  const { state } = architecture, { from, to, interval, ratio } = ends;
  const way = subtract(tape, to, from.state);
  const bend = subtract(tape, ratio, multiply(tape, ratio, ratio));
  const { context: start } = recordContext(tape, architecture, from, interval);
  const context = concatColumns(tape, [start, affine(tape, way, WAY_RATE), ratio, bend]);
  const output = recordConditioner(tape, context, baseOf(architecture));
  const bent = multiply(tape, bend, interval);
  const drift = affine(tape, sliceColumns(tape, output, 0, state), RATES.mean);
  const scale = affine(
    tape,
    pointwise(tape, sliceColumns(tape, output, state, state), "softplus"),
    RATES.scale,
    SCALE_FLOOR,
  );
  const line = add(tape, from.state, multiply(tape, way, ratio));
  return {
    base: {
      mean: add(tape, line, multiply(tape, drift, bent)),
      scale: multiply(tape, scale, pointwise(tape, bent, "sqrt")),
    },
    context,
    extent: affine(tape, bend, 4),
  };
}

/** The context of {@linkcode recordBridge}: that of a transition, the way, the ratio, the bend. */
function bridgeContextWidth(architecture: FlowArchitecture): number {
  return contextWidth(architecture) + architecture.state + 2;
}

function baseOf(architecture: FlowArchitecture): Conditioner {
  const { state, auxHiddenSize, auxDepth, activation } = architecture;
  return {
    name: "aux/base",
    inputs: bridgeContextWidth(architecture),
    hidden: auxHiddenSize,
    depth: auxDepth,
    outputs: 2 * state,
    activation,
    gain: 0.1, // begins near the line
  };
}

function couplingsOf(architecture: FlowArchitecture): Couplings {
  return {
    name: "aux/coupling",
    state: architecture.state,
    layers: architecture.auxNumFlowLayers,
    context: bridgeContextWidth(architecture),
    hidden: architecture.auxConditionerHiddenSize,
    depth: architecture.auxConditionerDepth,
    activation: architecture.activation,
    scaleFn: architecture.auxScaleFn,
  };
}
