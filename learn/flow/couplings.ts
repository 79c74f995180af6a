import {
  add,
  affine,
  concatColumns,
  multiply,
  pointwise,
  rowSums,
  selectColumns,
  sliceColumns,
  subtract,
} from "../tape/arithmetic.ts";
import type { WeightSpec } from "../tape/parameters.ts";
import type { Tape, Value } from "../tape/tape.ts";
import { couplingColumns, type SCALE_FUNCTIONS } from "./architecture.ts";
import { type Conditioner, conditionerWeights, recordConditioner } from "./conditioner.ts";

/** A composition of affine couplings (Dinh et al. 2017), which is the identity where `extent` is 0. */
export interface Couplings {
  readonly name: string;
  readonly state: number;
  readonly layers: number;
  /** Width of the context that every conditioner reads. */
  readonly context: number;
  readonly hidden: number;
  readonly depth: number;
  readonly activation: Conditioner["activation"];
  readonly scaleFn: typeof SCALE_FUNCTIONS[number];
}

/** Inputs of couplings other than the residual. */
export interface CouplingContext {
  /** `[rows, context]` */
  readonly context: Value;
  /** `[rows, 1]` factor of every shift and log-scale: time, or a bridge's r(1 − r). */
  readonly extent: Value;
}

/** A value after couplings, and by how much its log density fell. */
export interface Transformed {
  readonly value: Value;
  /** `[rows, 1]` ln |det ∂ forward|, at the same point in both directions. */
  readonly logDeterminant: Value | null;
}

/** Weights of all conditioners. */
export function couplingWeights(couplings: Couplings): readonly WeightSpec[] {
  return layersOf(couplings).flatMap(({ conditioner }) => conditionerWeights(conditioner));
}

/** Base residuals to flow residuals: u ↦ u·e^s + t, layer by layer. */
export function recordCouplings(
  tape: Tape,
  couplings: Couplings,
  u: Value,
  context: CouplingContext,
): Transformed {
  return run(
    tape,
    couplings,
    layersOf(couplings),
    u,
    context,
    (moved, shift, scale) => add(tape, multiply(tape, moved, pointwise(tape, scale, "exp")), shift),
  );
}

/** The inverse of {@linkcode recordCouplings}. */
export function recordInverse(
  tape: Tape,
  couplings: Couplings,
  u: Value,
  context: CouplingContext,
): Transformed {
  const layers = layersOf(couplings).toReversed();
  return run(tape, couplings, layers, u, context, (moved, shift, scale) => {
    const inverse = pointwise(tape, affine(tape, scale, -1), "exp");
    return multiply(tape, subtract(tape, moved, shift), inverse);
  });
}

interface CouplingLayer {
  readonly kept: readonly number[];
  readonly moved: readonly number[];
  readonly conditioner: Conditioner;
}

function layersOf(couplings: Couplings): readonly CouplingLayer[] {
  const { name, state, context, hidden, depth, activation } = couplings;
  return Array.from({ length: couplings.layers }, (_, layer) => {
    const { kept, moved } = couplingColumns(state, layer);
    const conditioner: Conditioner = {
      name: `${name}${layer}`,
      inputs: context + kept.length,
      hidden,
      depth,
      outputs: 2 * moved.length,
      activation,
      gain: 0.01, // as good as the identity, yet no gradient is zero
    };
    return { kept, moved, conditioner };
  });
}

function run(
  tape: Tape,
  { state, scaleFn }: Couplings,
  layers: readonly CouplingLayer[],
  start: Value,
  { context, extent }: CouplingContext,
  move: (moved: Value, shift: Value, scale: Value) => Value,
): Transformed {
  let value = start, logDeterminant: Value | null = null;
  for (const { kept, moved, conditioner } of layers) {
    // asinh, so that one far outlier does not drive its neighbours out of the network's range.
    const rest = kept.length === 0 ? [] : [
      pointwise(tape, selectColumns(tape, value, kept), "asinh"),
    ];
    const input = rest.length === 0 ? context : concatColumns(tape, [context, ...rest]);
    const output = multiply(tape, recordConditioner(tape, input, conditioner), extent);
    const shift = sliceColumns(tape, output, 0, moved.length);
    const raw = sliceColumns(tape, output, moved.length, moved.length);
    const scale = scaleFn === "tanh_exp" ? pointwise(tape, raw, "tanh") : raw;
    const next = move(selectColumns(tape, value, moved), shift, scale);
    // Columns [kept, moved] back into their own order.
    const parts = kept.length === 0 ? next : concatColumns(tape, [
      selectColumns(tape, value, kept),
      next,
    ]);
    const places = [...kept, ...moved];
    value = selectColumns(
      tape,
      parts,
      Array.from({ length: state }, (_, column) => places.indexOf(column)),
    );
    const sum = rowSums(tape, scale);
    logDeterminant = logDeterminant === null ? sum : add(tape, logDeterminant, sum);
  }
  return { value, logDeterminant };
}
