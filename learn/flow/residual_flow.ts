import { affine, pointwise, sliceColumns, subtract } from "../tape/arithmetic.ts";
import type { WeightSpec } from "../tape/parameters.ts";
import type { Tape, Value } from "../tape/tape.ts";
import type { FlowArchitecture } from "./architecture.ts";
import { type Conditioner, conditionerWeights, recordConditioner } from "./conditioner.ts";
import {
  type CouplingContext,
  type Couplings,
  couplingWeights,
  recordCouplings,
  recordInverse,
} from "./couplings.ts";
import { type DiagonalNormal, logDensity, standardize, unstandardize } from "./diagonal_normal.ts";

/**
 * A Gaussian base and affine couplings of its standardised residuals, which all read one context: what
 * the transition and the bridge are both made of.
 */
export interface ResidualFlow {
  readonly base: Conditioner;
  readonly couplings: Couplings;
}

/** A sample and its log density, `[rows, 1]`. */
export interface FlowSample {
  readonly value: Value;
  readonly logDensity: Value;
}

/** The least deviation of one step, in units of the normalised state: a density stays finite. */
const SCALE_FLOOR = 1e-4;
/** Factors that bring outputs of conditioners to the size of a normalised state. */
const RATES = { mean: 0.3, scale: 0.05 } as const;

/** Sizes of a residual flow, other than those that both flows share. */
interface ResidualFlowSizes {
  /** Prefix of the names of all weights. */
  readonly prefix: string;
  /** Width of the context. */
  readonly context: number;
  readonly hiddenSize: number;
  readonly depth: number;
  readonly conditionerHiddenSize: number;
  readonly conditionerDepth: number;
  readonly numFlowLayers: number;
  readonly scaleFn: Couplings["scaleFn"];
}

/** The networks of a residual flow. */
export function residualFlow(
  { state, activation }: Pick<FlowArchitecture, "state" | "activation">,
  { prefix, context, hiddenSize, depth, ...sizes }: ResidualFlowSizes,
): ResidualFlow {
  return {
    base: {
      name: `${prefix}base`,
      inputs: context,
      hidden: hiddenSize,
      depth,
      outputs: 2 * state,
      activation,
      gain: 0.1, // begins near its own centre
    },
    couplings: {
      name: `${prefix}coupling`,
      state,
      layers: sizes.numFlowLayers,
      context,
      hidden: sizes.conditionerHiddenSize,
      depth: sizes.conditionerDepth,
      activation,
      scaleFn: sizes.scaleFn,
    },
  };
}

/** Weights of base and couplings. */
export function residualFlowWeights({ base, couplings }: ResidualFlow): readonly WeightSpec[] {
  return [...conditionerWeights(base), ...couplingWeights(couplings)];
}

/**
 * Records the output of the base's network for a context: drift and deviation of one step, `[rows,
 * state]` each.
 */
export function recordRates(
  tape: Tape,
  { base }: ResidualFlow,
  context: Value,
): { readonly drift: Value; readonly scale: Value } {
  const output = recordConditioner(tape, context, base), state = base.outputs / 2;
  return {
    drift: affine(tape, sliceColumns(tape, output, 0, state), RATES.mean),
    scale: affine(
      tape,
      pointwise(tape, sliceColumns(tape, output, state, state), "softplus"),
      RATES.scale,
      SCALE_FLOOR,
    ),
  };
}

/** A residual flow about a Gaussian. */
export interface PlacedFlow extends CouplingContext {
  readonly flow: ResidualFlow;
  readonly base: DiagonalNormal;
}

/**
 * A sample.
 *
 * @param noise `[rows, state]` standard normal
 */
export function recordPlacedSample(tape: Tape, placed: PlacedFlow, noise: Value): FlowSample {
  const { flow, base } = placed;
  const { value, logDeterminant } = recordCouplings(tape, flow.couplings, noise, placed);
  const density = logDensity(tape, base, noise);
  return {
    value: unstandardize(tape, base, value),
    logDensity: logDeterminant === null ? density : subtract(tape, density, logDeterminant),
  };
}

/** The log density of `x`, `[rows, 1]`. */
export function recordPlacedDensity(tape: Tape, placed: PlacedFlow, x: Value): Value {
  const { flow, base } = placed, residual = standardize(tape, base, x);
  const { value, logDeterminant } = recordInverse(tape, flow.couplings, residual, placed);
  const density = logDensity(tape, base, value);
  return logDeterminant === null ? density : subtract(tape, density, logDeterminant);
}
