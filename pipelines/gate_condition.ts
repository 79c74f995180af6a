import { z } from "zod";
import type { StagePlan } from "./plan.ts";

/** Conditions of a gate, and their results. */

/** Operators by which a figure is compared with a bound. */
export const OPERATORS = [">=", "<=", ">", "<"] as const;

/** One of {@linkcode OPERATORS}. */
export type Operator = typeof OPERATORS[number];

/** A condition, taken apart. */
export interface GateCondition {
  readonly metric: string;
  readonly operator: Operator;
  readonly bound: number;
}

const FORM = /^\s*([A-Za-z][\w.-]*)\s*(>=|<=|>|<)\s*(\S+)\s*$/;

/** Takes a condition apart, or says what is wrong with it. */
export function parseGateCondition(
  text: string,
): { readonly condition: GateCondition; readonly fault: null } | {
  readonly condition: null;
  readonly fault: string;
} {
  const [, metric, sign, number = ""] = FORM.exec(text) ?? [];
  const operator = OPERATORS.find((known) => known === sign), bound = Number(number);
  if (metric === undefined || operator === undefined || !Number.isFinite(bound)) {
    const fault = 'expected METRIC >= NUMBER, or <=, >, <, e.g. "success_rate >= 0.95"';
    return { condition: null, fault };
  }
  return { condition: { metric, operator, bound }, fault: null };
}

/** Whether a figure meets a condition. A figure that is no number meets none. */
export function holds(found: number, { operator, bound }: Omit<GateCondition, "metric">): boolean {
  switch (operator) {
    case ">=":
      return found >= bound;
    case "<=":
      return found <= bound;
    case ">":
      return found > bound;
    case "<":
      return found < bound;
  }
}

/**
 * Schema of the result of one condition on one input; names are those of the plan that reads it.
 */
export const GATE_VERDICT = z.strictObject({
  /** Index among the inputs. */
  input: z.int().min(0),
  metric: z.string(),
  operator: z.enum(OPERATORS),
  bound: z.number(),
  found: z.number(),
  holds: z.boolean(),
  /** The figure of the stored evaluation that the bound comes of; null where it was declared. */
  reference: z.number().nullable(),
  /** The 95 % interval of the difference from it; null where it is not known. */
  interval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
});

/** See {@linkcode GATE_VERDICT}. */
export type GateVerdict = z.output<typeof GATE_VERDICT>;

/** Inputs of a gate by name, and what they are compared with. */
export interface GateNames {
  readonly from: readonly string[];
  /** Text of the declaration; absent if there is none. */
  readonly against?: string;
}

/** Describes the condition on an input: `success_rate of "evaluate" >= 0.95`. */
export function describeCondition(verdict: GateVerdict, { from, against = "" }: GateNames): string {
  const { input, metric, operator, bound, reference } = verdict;
  const origin = reference === null
    ? ""
    : ` (that of ${against} is ${shown(reference)}, margin ${shown(Math.abs(reference - bound))})`;
  return `${metric} of "${from[input] ?? input}" ${operator} ${shown(bound)}${origin}`;
}

/** Describes what failed and by how much. */
export function describeFailure(verdict: GateVerdict, names: GateNames): string {
  const { found, bound } = verdict, by = Math.abs(found - bound);
  const side = found < bound ? "too low" : found > bound ? "too high" : "not beyond it";
  return `expected ${describeCondition(verdict, names)}, found ${shown(found)}` +
    (by === 0 ? ` (${side})` : ` (${shown(by)} ${side})`);
}

/** A number without the noise of binary fractions. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Reads the result of each condition from a committed gate; empty if it is none. */
export function gateVerdicts(attributes: Readonly<Record<string, unknown>>): GateVerdict[] {
  const { data = [] } = z.array(GATE_VERDICT).safeParse(attributes["verdicts"]);
  return data;
}

/** Returns the names of the inputs that a gate's verdicts are about. */
export function gateNames({ from, parameters: { against } }: StagePlan): GateNames {
  return { from, ...(typeof against === "string" ? { against } : {}) };
}
