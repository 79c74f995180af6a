import type { WorkEstimate } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";
import type { PipelinePlan } from "../plan.ts";
import type { CompileContext } from "./context.ts";

/** How much work and disk a stage will take, before anything is known of its episodes. */
export interface StageEstimate extends WorkEstimate {
  readonly stage: string;
}

/** What each stage of a plan will need, in the plan's order. */
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
