import type { Changes } from "../../pipelines/mod.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import { readRootFile } from "../../store/mod.ts";
import type { PipelineInput } from "../../workflows/types.ts";
import { queueNames, workflowIdOf } from "./run_identity.ts";

/** Shards of one stage in progress over all workers; more than most machines have cores. */
const WINDOW = 16;

/** Request to run a pipeline in a data directory. */
export interface RunRequest {
  /** Absolute path of the data root. */
  readonly root: string;
  readonly plan: PipelinePlan;
  /** See `buildDigest()`. */
  readonly build: string;
  readonly rerun: boolean;
  /** The command that started it, for its report; absent if none did. */
  readonly command?: string;
  /** Changes to the declaration; absent if there are none. */
  readonly changes?: Changes;
}

/** Workflow `pipeline` that a request starts. */
export interface PipelineStart {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: PipelineInput;
}

/** @param searchAttributes Whether the server knows ours */
export function pipelineStart(
  { root, plan, build, rerun, command, changes }: RunRequest,
  searchAttributes: boolean,
): PipelineStart {
  const { workflows, simulate, learn, program } = queueNames(root, build);
  const rootId = readRootFile(root)?.id;
  return {
    workflowId: workflowIdOf(plan, root, rerun),
    taskQueue: workflows,
    input: {
      plan,
      build,
      rerun,
      ...(command === undefined ? {} : { command }),
      ...(changes === undefined ? {} : { changes }),
      ...(rootId === undefined ? {} : { rootId }),
      queues: {
        simulate,
        learn,
        ...(plan.stages.some(({ work }) => work.resource === "program") ? { program } : {}),
      },
      window: WINDOW,
      searchAttributes,
    },
  };
}
