import { compilePipeline, definePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import type { Queues } from "../../workflows/types.ts";
import { pipeline } from "../../workflows/mod.ts";
import { CONTEXT } from "../pipelines/_context.ts";
import type { TestServer } from "./_temporal.ts";

/** A chain, a merge, a training and an evaluation: 100 episodes in shards of 8. */
export function chainOf(filter: { readonly maxAttempts?: number } = {}): PipelineDeclaration {
  return definePipeline({
    name: "chain",
    stages: {
      generate: {
        kind: "generate",
        environment: "reach",
        policy: "random",
        episodes: 100,
        shard: 8,
      },
      validate: { kind: "validate", from: "generate" },
      filter: { kind: "filter", from: "validate", ...filter },
      merge: { kind: "merge", from: "filter" },
      train: { kind: "train", from: "merge", model: "bc", steps: 10 },
      evaluate: { kind: "evaluate", from: "train", episodes: 64 },
    },
  });
}

/** Starts a pipeline under an id of its own. */
export async function startPipeline(
  server: TestServer,
  queues: Queues,
  declaration: PipelineDeclaration,
) {
  const plan = compilePipeline(declaration, CONTEXT);
  return await server.client.workflow.start(pipeline, {
    taskQueue: queues.simulate,
    workflowId: `${plan.name}-${crypto.randomUUID()}`,
    args: [{
      plan,
      build: "b".repeat(64),
      queues,
      window: 4,
      rerun: false,
      searchAttributes: true,
    }],
  });
}
