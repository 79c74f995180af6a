import { add, affine, concatColumns, multiply, pointwise, subtract } from "../tape/arithmetic.ts";
import type { WeightSpec } from "../tape/parameters.ts";
import type { Tape, Value } from "../tape/tape.ts";
import type { FlowArchitecture } from "./architecture.ts";
import { contextWidth, type FlowState, recordContext, recordWays } from "./context.ts";
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
 * The auxiliary flow q(x at t + r·Δt | x at t, x at t + Δt): a Gaussian about the line between both
 * ends, bent by μ·a·Δt with a = r(1 − r), and couplings of extent 4a. At r = 0 and r = 1 a sample is
 * the end.
 */

/** Brings ways between both ends, a tenth of a state mostly, to the size of other inputs. */
const WAY_RATE = 8;

/** Targets that a bridge sees about its own time: of three steps before it, its own, of one after. */
const MIDDLE_TARGETS = 5;

/** Both ends of a bridge and where on it. */
export interface BridgeEnds {
  readonly from: FlowState;
  /** `[rows, state]` the state `interval` later. */
  readonly to: Value;
  /** `[rows, 1]` steps, positive. */
  readonly interval: Value;
  /** `[rows, 1]` r in [0, 1]. */
  readonly ratio: Value;
  /** `[rows, planWidth]` of the transition from between to the later end; null without a plan. */
  readonly planLate: Value | null;
}

/** Weights of the bridge, all named `aux/...`. */
export function bridgeWeights(architecture: FlowArchitecture): readonly WeightSpec[] {
  return residualFlowWeights(flowOf(architecture));
}

/** A sample of the state between, with its log density. */
export function recordBridgeSample(
  tape: Tape,
  architecture: FlowArchitecture,
  ends: BridgeEnds,
  noise: Value,
): FlowSample {
  return recordPlacedSample(tape, placeBridge(tape, architecture, ends), noise);
}

/** ln q(middle | both ends), `[rows, 1]`. */
export function recordBridgeLogDensity(
  tape: Tape,
  architecture: FlowArchitecture,
  ends: BridgeEnds,
  middle: Value,
): Value {
  return recordPlacedDensity(tape, placeBridge(tape, architecture, ends), middle);
}

function placeBridge(tape: Tape, architecture: FlowArchitecture, ends: BridgeEnds): PlacedFlow {
  const { from, to, interval, ratio, planLate } = ends, flow = flowOf(architecture);
  const way = subtract(tape, to, from.state);
  const bend = subtract(tape, ratio, multiply(tape, ratio, ratio));
  const { context: start } = recordContext(tape, architecture, from, interval);
  const line = add(tape, from.state, multiply(tape, way, ratio));
  const context = concatColumns(tape, [
    start,
    affine(tape, way, WAY_RATE),
    ratio,
    bend,
    ...(planLate === null ? [] : [recordTargets(tape, architecture, line, planLate)]),
  ]);
  const { drift, scale } = recordRates(tape, flow, context);
  const bent = multiply(tape, bend, interval);
  const base = {
    mean: add(tape, line, multiply(tape, drift, bent)),
    scale: multiply(tape, scale, pointwise(tape, bent, "sqrt")),
  };
  return { flow, base, context, extent: affine(tape, bend, 4) };
}

/** Ways from the line between both ends to the targets about it. */
function recordTargets(
  tape: Tape,
  { plan }: FlowArchitecture,
  line: Value,
  seen: Value,
): Value {
  const { columns } = plan!; // there is one then
  const way = recordWays(tape, columns, line, { seen, targets: MIDDLE_TARGETS });
  return affine(tape, way, WAY_RATE);
}

function flowOf(architecture: FlowArchitecture): ResidualFlow {
  return residualFlow(architecture, {
    prefix: "aux/",
    // The way, the ratio and the bend, and the targets between.
    context: contextWidth(architecture) + architecture.state + 2 +
      MIDDLE_TARGETS * (architecture.plan?.columns.length ?? 0),
    hiddenSize: architecture.auxHiddenSize,
    depth: architecture.auxDepth,
    conditionerHiddenSize: architecture.auxConditionerHiddenSize,
    conditionerDepth: architecture.auxConditionerDepth,
    numFlowLayers: architecture.auxNumFlowLayers,
    scaleFn: architecture.auxScaleFn,
  });
}
