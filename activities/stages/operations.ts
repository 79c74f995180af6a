import { closeRun } from "../close_run.ts";
import { commitShards } from "./commit_shards.ts";
import { evaluateShard } from "./evaluate.ts";
import { filterShard } from "./filter.ts";
import { generateShard } from "./generate.ts";
import { mergeStage } from "./merge.ts";
import { scoreStage } from "./score.ts";
import { trainStage } from "./train.ts";
import { validateShard } from "./validate.ts";

/** Where an operation works, and how it is stopped and watched. */
export interface OperationContext {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The wall clock, for what is outside of every digest. */
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown) => void;
  /** Threads beside its own on which the operation may compute; none where absent. */
  readonly spareThreads?: number;
}

/**
 * Work that threads do, by the name that crosses to them: compositions of sim, store and learn on
 * the data root, each `(task, context) => Promise<result>`.
 */
export const OPERATIONS = {
  generate: generateShard,
  validate: validateShard,
  filter: filterShard,
  evaluate: evaluateShard,
  merge: mergeStage,
  train: trainStage,
  score: scoreStage,
  commitShards,
  closeRun,
} as const;

export type OperationName = keyof typeof OPERATIONS;

/** What the operation of a name is given. */
export type OperationInput<Name extends OperationName> = Parameters<typeof OPERATIONS[Name]>[0];

/** What the operation of a name returns. */
export type OperationResult<Name extends OperationName> = Awaited<
  ReturnType<typeof OPERATIONS[Name]>
>;
