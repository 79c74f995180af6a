import { searchAttributes } from "./search_attributes.ts";
import type { PipelineInput } from "./types.ts";

/** Memo of a run about who started it. */
export interface RunMemo {
  readonly build?: string;
  readonly digest?: string;
}

/**
 * Timeout of a worker for the next step of a workflow, which usually takes tens of ms: work that a
 * dead worker had started waits for the rest of it.
 */
export const WORKFLOW_TASK_TIMEOUT = "4 seconds";

/**
 * Priority of nights, in Temporal's order from 1 to 5: a person's run has 3, so where both wait in a
 * queue, its tasks come first. Stages and activities inherit it.
 */
export const NIGHT_PRIORITY = { priorityKey: 5 } as const;

/** Returns the options with which every `pipeline` workflow is started. */
export function runOptions({ plan, build, searchAttributes: known }: PipelineInput) {
  const memo: RunMemo = { build, digest: plan.digest };
  return {
    memo: { ...memo },
    typedSearchAttributes: searchAttributes({ pipeline: plan.name, digest: plan.digest }, known),
    staticSummary: `${plan.name}, seed ${plan.seed}`,
    // How long a run may take before the server gives it up.
    workflowExecutionTimeout: "90 days",
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
  } as const;
}
