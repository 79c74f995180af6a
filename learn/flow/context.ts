import {
  affine,
  concatColumns,
  selectColumns,
  sliceColumns,
  subtract,
} from "../tape/arithmetic.ts";
import type { Tape, Value } from "../tape/tape.ts";
import type { FlowArchitecture } from "./architecture.ts";
import { type Body, bodyWidth, type Frame, recordBody, recordFrame } from "./body.ts";
import { CONTACT_TARGETS, type Plan, PLAN_TARGETS, planWidth } from "./plan.ts";

/** A state and what its future depends on. Times are in control steps. */
export interface FlowState {
  /** `[rows, state]` */
  readonly state: Value;
  /** `[rows, condition]`, null if there is none. */
  readonly condition: Value | null;
  /** `[rows, 1]` steps since the start of the episode. */
  readonly time: Value;
  /** Plan of the requested transition, `[rows, planWidth]`; null if there is none. */
  readonly plan: Value | null;
}

/** Inputs of every network of a transition. */
export interface TransitionContext {
  /** `[rows, contextWidth]` */
  readonly context: Value;
  /** Null if the state has no body. */
  readonly frame: Frame | null;
}

/** Factors that bring times, intervals and ways to the size of a normalised state. */
const RATES = { time: 0.05, interval: 0.2, way: 2 } as const;

/** State, condition, times, plan and body as one input of a network. */
export function recordContext(
  tape: Tape,
  { plan, body }: FlowArchitecture,
  from: FlowState,
  interval: Value,
): TransitionContext {
  const { state, condition, time } = from;
  const frame = body === null ? null : recordFrame(tape, body, state);
  const ahead = plan === null ? null : { plan, seen: from.plan! }; // recordInputs() has it then
  return {
    context: concatColumns(tape, [
      ...(frame === null ? [state] : [
        selectColumns(tape, state, columnsWithoutAngle(state.width, body!)),
        frame.cosine,
        frame.sine,
      ]),
      ...(condition === null ? [] : [condition]),
      affine(tape, time, RATES.time),
      affine(tape, interval, RATES.interval),
      ...(ahead === null ? [] : recordPlan(tape, ahead.plan, state, ahead.seen)),
      ...(frame === null ? [] : [recordPoints(tape, body!, frame, state, ahead?.seen ?? null)]),
    ]),
    frame,
  };
}

/** Width of {@linkcode recordContext}. */
export function contextWidth({ state, condition, plan, body }: FlowArchitecture): number {
  return state + condition + 2 +
    (plan === null ? 0 : planWidth(plan.columns.length)) +
    (body === null ? 0 : 1 + bodyWidth(body, ...countPoints(plan)));
}

function columnsWithoutAngle(width: number, { angle }: Body): readonly number[] {
  return Array.from({ length: width }, (_, j) => j).filter((j) => j !== angle.column);
}

/** Targets relative to what follows them, and how far the movement is. */
function recordPlan(tape: Tape, { columns }: Plan, state: Value, seen: Value): readonly Value[] {
  const way = recordWays(tape, columns, state, { seen, targets: PLAN_TARGETS });
  return [affine(tape, way, RATES.way), sliceColumns(tape, seen, way.width, 2)];
}

/** Ways from a state to the first targets of what is seen, `[rows, targets · columns]`. */
export function recordWays(
  tape: Tape,
  columns: readonly number[],
  state: Value,
  { seen, targets }: { readonly seen: Value; readonly targets: number },
): Value {
  const repeated = Array.from({ length: targets }, () => columns).flat();
  return subtract(
    tape,
    sliceColumns(tape, seen, 0, repeated.length),
    selectColumns(tape, state, repeated),
  );
}

/** The point and its targets about the body. */
function recordPoints(
  tape: Tape,
  body: Body,
  frame: Frame,
  state: Value,
  seen: Value | null,
): Value {
  const along = (axis: 0 | 1): Value => {
    const now = sliceColumns(tape, state, body.point[axis].column, 1);
    if (seen === null) return now;
    const places = Array.from({ length: PLAN_TARGETS }, (_, i) => 2 * i + axis);
    return concatColumns(tape, [now, selectColumns(tape, seen, places)]);
  };
  const contacts = [0, ...(seen === null ? [] : CONTACT_TARGETS.map((at) => at + 1))];
  return recordBody(tape, body, frame, { state, x: along(0), y: along(1), contacts });
}

function countPoints(plan: Plan | null): readonly [points: number, contacts: number] {
  return plan === null ? [1, 1] : [1 + PLAN_TARGETS, 1 + CONTACT_TARGETS.length];
}
