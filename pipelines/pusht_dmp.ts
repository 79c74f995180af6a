import { definePipeline, type PipelineDeclaration } from "./graph.ts";
import type { EnvironmentOptions } from "./compile.ts";

/** Episodes and seed of each split: the generator's own, so that none depends on another's size. */
const SPLITS = {
  train: { episodes: 10_000, seed: 0 },
  validation: { episodes: 1_000, seed: 1 },
  test: { episodes: 1_000, seed: 2 },
} as const;

/** Random movements in Push-T, in three splits of their own seeds, as one dataset. */
export const pushtDmp = declare("pusht-dmp", { engine: "rapier2d" });

/** The same movements as gym-pusht would have recorded them. */
export const pushtDmpGym = declare("pusht-dmp-gym", { engine: "chipmunk" });

function declare(name: string, options: EnvironmentOptions): PipelineDeclaration {
  const generate = (split: keyof typeof SPLITS) => ({
    kind: "generate" as const,
    environment: "push-t",
    policy: "dmp",
    options,
    shard: 250, // a dozen steps each: smaller shards spend their time in commits
    ...SPLITS[split],
  });
  return definePipeline({
    name,
    stages: {
      generate_train: generate("train"),
      generate_validation: generate("validation"),
      generate_test: generate("test"),
      validate_train: { kind: "validate", from: "generate_train" },
      validate_validation: { kind: "validate", from: "generate_validation" },
      validate_test: { kind: "validate", from: "generate_test" },
      merge: {
        kind: "merge",
        from: ["validate_train", "validate_validation", "validate_test"],
        splitByInput: {
          validate_train: "train",
          validate_validation: "validation",
          validate_test: "test",
        },
        videos: 10,
      },
    },
  });
}
