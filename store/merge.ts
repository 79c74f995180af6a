import type { Split } from "../core/episode.ts";
import type { Commit, CommitInfo } from "./commit.ts";

/** Episodes of one generate stage that go into a dataset. */
export interface MergeInput {
  /** Name by which `meta/source` calls it. */
  readonly name: string;
  /** Generate stage, absolute. */
  readonly directory: string;
  /** Last validate or filter stage behind it, null where all candidates are accepted. */
  readonly verdicts: string | null;
  readonly lastShard: number;
  /** The first so many accepted, in candidate order. */
  readonly limit: number;
}

export interface MergeProgress {
  readonly episodes: number;
  readonly total: number;
}

export interface MergeOptions extends Partial<CommitInfo> {
  /** Of the permutation that splits episodes. */
  readonly seed: number;
  readonly stream: string;
  /** Fractions that add up to 1. */
  readonly split: Readonly<Record<Split, number>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MergeProgress) => void;
}

/**
 * Writes the accepted episodes of some stages as one dataset, and commits it as kind `merge`.
 * Memory does not grow with the number of episodes.
 *
 * `counts`: total_episodes, total_steps, rejects, train, validation, test;
 * `metrics`: mean_episode_length, mean_reward (mean of episode returns), success_rate, file_size_mb.
 *
 * @throws {InvalidInputError} If inputs have different schemas, naming the first difference
 */
export function mergeDatasets(
  _directory: string,
  _inputs: readonly MergeInput[],
  _options: MergeOptions,
): Promise<Commit> {
  throw new Error("not built yet");
}
