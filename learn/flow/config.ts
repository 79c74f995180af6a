import { z } from "zod";
import { ARCHITECTURE } from "./architecture.ts";
import { PLAN_FIELDS } from "./plan.ts";
import type { FlowColumns, FlowFields } from "./trajectories.ts";

/** Configuration of a saved flow: its outputs, its inputs and its sizes. */
export const FLOW_CONFIG = z.strictObject({
  architecture: ARCHITECTURE,
  state: z.array(z.string()).min(1),
  condition: z.array(z.string()),
  /** Null if no plan is read. */
  plan: PLAN_FIELDS.nullable(),
  /** Fields whose movement makes a transition a moving one. */
  moving: z.array(z.string()),
  maxSteps: z.int().min(1),
  controlHz: z.number().gt(0),
  consistency: z.number().min(0),
  robust: z.number().min(0),
});

/** The configuration of a saved flow. */
export type FlowConfig = z.output<typeof FLOW_CONFIG>;

/** Returns the fields that a flow reads from a dataset. */
export function flowFields(
  { plan, architecture }: FlowConfig,
  state: FlowColumns,
  condition: FlowColumns,
): FlowFields {
  const columns = architecture.plan?.columns ?? [];
  return { state, condition, plan: plan === null ? null : { ...plan, columns } };
}
