import type { EnvironmentOptions } from "../compile/context.ts";

/** Episodes and seed of each split: the generator's own, so that none depends on another's size. */
const SPLITS = {
  train: { episodes: 10_000, seed: 0 },
  validation: { episodes: 1_000, seed: 1 },
  test: { episodes: 1_000, seed: 2 },
} as const;

/** Options of the movements. */
export interface MovementOptions {
  /** Options of `push-t`. */
  readonly options: EnvironmentOptions;
  /** Episodes of the training split, 10,000 by default. */
  readonly training?: number;
}

/**
 * The stages that generate and check random movements in Push-T, in three splits of their own seeds:
 * what {@linkcode MERGED_MOVEMENTS} reads.
 */
export function movementStages({ options, training = SPLITS.train.episodes }: MovementOptions) {
  const generate = (split: keyof typeof SPLITS) => ({
    kind: "generate" as const,
    environment: "push-t",
    policy: "dmp",
    options,
    shard: 500, // of some 25 steps: smaller shards spend their time in commits
    ...SPLITS[split],
  });
  return {
    generate_train: { ...generate("train"), episodes: training },
    generate_validation: generate("validation"),
    generate_test: generate("test"),
    validate_train: { kind: "validate", from: "generate_train" },
    validate_validation: { kind: "validate", from: "generate_validation" },
    validate_test: { kind: "validate", from: "generate_test" },
  } as const;
}

/** A stage that merges {@linkcode movementStages} as one dataset with their splits. */
export const MERGED_MOVEMENTS = {
  kind: "merge",
  from: ["validate_train", "validate_validation", "validate_test"],
  splitByInput: {
    validate_train: "train",
    validate_validation: "validation",
    validate_test: "test",
  },
} as const;
