import { searchAttributes } from "./search_attributes.ts";
import type { PipelineInput } from "./types.ts";

/** What the memo of a run says of who started it. */
export interface RunMemo {
  readonly build?: string;
  readonly digest?: string;
}

/**
 * How long a worker may take over the next step of a workflow, tens of ms by far the most: what a
 * dead one had begun waits for the rest of it.
 */
export const WORKFLOW_TASK_TIMEOUT = "4 seconds";

/** How a `pipeline` workflow is started, whoever starts it. */
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
