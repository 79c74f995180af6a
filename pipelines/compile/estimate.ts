import type { WorkEstimate } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";
import type { PipelinePlan } from "../plan.ts";
import type { CompileContext } from "./context.ts";

/** Estimate of the work and disk space of a stage, before its episodes are known. */
export interface StageEstimate extends WorkEstimate {
  readonly stage: string;
}

/** Estimates each stage of a plan, in the plan's order. */
export function estimatePlan(
  plan: PipelinePlan,
  context: CompileContext,
): readonly StageEstimate[] {
  const stages = new Map(plan.stages.map((stage) => [stage.name, stage]));
  return plan.stages.map((stage) => ({
    stage: stage.name,
    ...kindOf(stage).estimate({ stage, parameters: stage.parameters, stages, context }),
  }));
}
