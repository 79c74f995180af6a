import { definePipeline, type PipelineDeclaration } from "../declare/graph.ts";
import type { CameraDeclaration } from "../kinds/cameras.ts";
import type { EvaluateDeclaration } from "../kinds/evaluate.ts";
import type { GenerateDeclaration } from "../kinds/generate.ts";
import type { PolicyDeclaration } from "../kinds/policy.ts";
import type { TrainDeclaration } from "../kinds/train.ts";

/**
 * Makes the pipeline of `deno task generate`: candidates are checked but not filtered, so that it
 * delivers what the policy did, like the field's collection scripts.
 */
export function generatePipeline(
  parameters: Omit<GenerateDeclaration<never>, "kind">,
  seed = 0,
): PipelineDeclaration {
  return definePipeline({
    name: `generate-${parameters.environment}`,
    seed,
    stages: {
      generate: { kind: "generate", ...parameters },
      validate: { kind: "validate", from: "generate" },
      merge: { kind: "merge", from: "validate" },
    },
  });
}

/** Options of `deno task run-env` for an environment that files declare. */
export interface RunEnvOptions {
  /** Name of the pipeline. */
  readonly name: string;
  /** The files' contents. */
  readonly options: Readonly<Record<string, string | boolean>>;
  readonly policy: PolicyDeclaration;
  /** Cameras of the gym config, if it has any. */
  readonly cameras?: readonly CameraDeclaration[];
  /** Saved episodes. */
  readonly episodes: number;
  readonly randomize: boolean;
  /** Keep episodes that did not succeed. */
  readonly keepFailed: boolean;
  /** Further attempts of each episode, with other draws. */
  readonly retries: number;
  readonly seed: number;
}

/**
 * Makes the pipeline of `deno task run-env`: invalid rollouts are never saved, others only if they
 * succeed. Each episode is attempted several times; one that fails in all attempts is replaced by
 * another, as long as no more are replaced than saved.
 */
export function runEnvPipeline(
  { name, keepFailed, retries, seed, ...generate }: RunEnvOptions,
): PipelineDeclaration {
  return definePipeline({
    name,
    seed,
    stages: {
      generate: {
        kind: "generate",
        environment: "declared",
        ...generate,
        ...(retries === 0
          ? {}
          : { attempts: { most: 1 + retries, until: keepFailed ? "valid" : "success" } as const }),
        // Small shards: an episode of many bodies takes seconds. Images have a limit of their own.
        ...(generate.cameras === undefined ? { shard: 4 } : {}),
      },
      validate: { kind: "validate", from: "generate" },
      filter: {
        kind: "filter",
        from: "validate",
        requireSuccess: !keepFailed,
        maxAttempts: 2,
      },
      merge: { kind: "merge", from: "filter" },
    },
  });
}

/** Makes the pipeline of `deno task train`: one model on one stored dataset. */
export function trainPipeline(
  parameters: Omit<TrainDeclaration<never>, "kind" | "from"> & { readonly dataset: string },
  seed = 0,
): PipelineDeclaration {
  return definePipeline({
    name: `train-${parameters.model ?? "bc"}`,
    seed,
    stages: { train: { kind: "train", ...parameters } },
  });
}

/** Makes the pipeline of `deno task evaluate`: one stored or named policy in one environment. */
export function evaluatePipeline(
  parameters: Omit<EvaluateDeclaration, "kind" | "from"> & { readonly policy: PolicyDeclaration },
  seed = 0,
): PipelineDeclaration {
  return definePipeline({
    name: parameters.environment === undefined ? "evaluate" : `evaluate-${parameters.environment}`,
    seed,
    stages: { evaluate: { kind: "evaluate", ...parameters } },
  });
}
