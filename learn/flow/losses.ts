import {
  add,
  affine,
  meanLoss,
  multiply,
  pointwise,
  rowSums,
  subtract,
} from "../tape/arithmetic.ts";
import type { Tape, Value } from "../tape/tape.ts";
import type { FlowArchitecture } from "./architecture.ts";
import { recordBridgeLogDensity, recordBridgeSample } from "./bridge.ts";
import type { DiagonalNormal } from "./diagonal_normal.ts";
import type { FlowState } from "./context.ts";
import { planWidth } from "./plan.ts";
import { recordLogDensity, recordSample } from "./transition.ts";

/** Weights of the loss terms other than the likelihood. */
export interface FlowLossWeights {
  /** Weight of L12 + L21. */
  readonly consistency: number;
  /** Weight of the robust error of the base's mean. */
  readonly robust: number;
}

/** Residuals of this size, in deviations of the state over one step's root, count as outliers. */
const ROBUST_SCALE = 0.04;

/**
 * Records the loss on inputs `state`, `condition`, `time`, `interval`, `next` and `weight`, and for
 * consistency also `strength`, `ratio` and `noise0` ... `noise3`:
 *
 * −weight · ln p(next | state) + robust · Σ (√(1 + e²) − 1) + consistency · strength · (L12 + L21).
 *
 * The weights undo that moving states are drawn more often. The robust error does without them: it
 * is there for those.
 */
export function recordFlowLoss(
  tape: Tape,
  architecture: FlowArchitecture,
  weights: FlowLossWeights,
): void {
  const { from, interval } = recordInputs(tape, architecture);
  const to = tape.input("next", architecture.state), weight = tape.input("weight", 1);
  const { logDensity, base } = recordLogDensity(tape, architecture, from, interval, to);
  meanLoss(tape, multiply(tape, logDensity, weight), -1, "likelihood");
  if (weights.robust > 0) {
    meanLoss(tape, robustError(tape, base, to, interval), weights.robust, "robust");
  }
  if (weights.consistency > 0) {
    const { forward, backward } = recordConsistency(tape, architecture);
    const strength = tape.input("strength", 1);
    meanLoss(tape, multiply(tape, forward, strength), weights.consistency, "forward");
    meanLoss(tape, multiply(tape, backward, strength), weights.consistency, "backward");
  }
}

/** The state and interval of a tape's inputs; those of its plan are named `plan`. */
export function recordInputs(
  tape: Tape,
  architecture: FlowArchitecture,
): { readonly from: FlowState; readonly interval: Value } {
  const { state, condition } = architecture;
  return {
    from: {
      state: tape.input("state", state),
      condition: condition === 0 ? null : tape.input("condition", condition),
      time: tape.input("time", 1),
      plan: planInput(tape, architecture, "plan"),
    },
    interval: tape.input("interval", 1),
  };
}

/** Returns the plan's input on a transition, null if there is none. */
function planInput(tape: Tape, { plan }: FlowArchitecture, name: string): Value | null {
  return plan === null ? null : tape.input(name, planWidth(plan.columns.length));
}

/**
 * Both flow-consistency terms on samples of the model, `[rows, 1]` each. With x_mid at a ratio
 * `ratio` of the interval:
 *
 * forward  L12 = ln p(x_f | x) + ln q(x_mid | x, x_f) − ln p(x_mid | x) − ln p(x_f | x_mid),
 * x_f from one step and x_mid from the bridge;
 * backward L21 = ln p(x_mid | x) + ln p(x_f | x_mid) − ln q(x_mid | x, x_f) − ln p(x_f | x),
 * x_mid and x_f from two steps. Inputs `planFirst` and `planSecond` are of the steps before and
 * behind x_mid. Each bounds a Kullback-Leibler divergence from above.
 */
function recordConsistency(
  tape: Tape,
  architecture: FlowArchitecture,
): { readonly forward: Value; readonly backward: Value } {
  const { from, interval } = recordInputs(tape, architecture);
  const ratio = tape.input("ratio", 1);
  const noise = [0, 1, 2, 3].map((i) => tape.input(`noise${i}`, architecture.state));
  const first = multiply(tape, ratio, interval), second = subtract(tape, interval, first);
  const time = add(tape, from.time, first);
  const early: FlowState = { ...from, plan: planInput(tape, architecture, "planFirst") };
  const planLate = planInput(tape, architecture, "planSecond");
  const later = (state: Value): FlowState => ({ ...from, state, time, plan: planLate });
  const density = (start: FlowState, over: Value, to: Value): Value =>
    recordLogDensity(tape, architecture, start, over, to).logDensity;
  const bridge = (to: Value) => ({ from, to, interval, ratio, planLate });

  const direct = recordSample(tape, architecture, from, interval, noise[0]!);
  const between = recordBridgeSample(tape, architecture, bridge(direct.value), noise[1]!);
  const forward = subtract(
    tape,
    add(tape, direct.logDensity, between.logDensity),
    add(
      tape,
      density(early, first, between.value),
      density(later(between.value), second, direct.value),
    ),
  );

  const middle = recordSample(tape, architecture, early, first, noise[2]!);
  const end = recordSample(tape, architecture, later(middle.value), second, noise[3]!);
  const backward = subtract(
    tape,
    add(tape, middle.logDensity, end.logDensity),
    add(
      tape,
      recordBridgeLogDensity(tape, architecture, bridge(end.value), middle.value),
      density(from, interval, end.value),
    ),
  );
  return { forward, backward };
}

/**
 * Σ √(1 + e²) − 1 of the base's error e: a likelihood alone learns to call contacts uncertain
 * instead of predicting them.
 */
function robustError(tape: Tape, { mean }: DiagonalNormal, to: Value, interval: Value): Value {
  const inverse = pointwise(
    tape,
    affine(tape, pointwise(tape, interval, "log"), -0.5, -Math.log(ROBUST_SCALE)),
    "exp",
  );
  const error = multiply(tape, subtract(tape, to, mean), inverse);
  const root = pointwise(tape, affine(tape, multiply(tape, error, error), 1, 1), "sqrt");
  return rowSums(tape, affine(tape, root, 1, -1));
}
