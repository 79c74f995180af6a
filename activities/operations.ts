import type { ShardResult, ShardTask, StageResult, StageTask } from "./types.ts";
import { evaluateShard } from "./evaluate.ts";
import { filterShard } from "./filter.ts";
import { generateShard } from "./generate.ts";
import { mergeStage } from "./merge.ts";
import { trainStage } from "./train.ts";
import { validateShard } from "./validate.ts";

/** Where an operation works, and how it is stopped and watched. */
export interface OperationContext {
  /** Absolute path of the data root. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown) => void;
}

/** Work that a thread does: a composition of sim, store and learn on the data root. */
export type Operation<Task, Result> = (task: Task, context: OperationContext) => Promise<Result>;

/** Every operation, by the name that crosses to the thread. */
export const OPERATIONS = {
  generate: generateShard,
  validate: validateShard,
  filter: filterShard,
  evaluate: evaluateShard,
  merge: mergeStage,
  train: trainStage,
} as const satisfies Record<
  string,
  Operation<ShardTask, ShardResult> | Operation<StageTask, StageResult>
>;

export type OperationName = keyof typeof OPERATIONS;

/** What the operation of a name is given. */
export type OperationInput<Name extends OperationName> = Parameters<typeof OPERATIONS[Name]>[0];

/** What the operation of a name returns. */
export type OperationResult<Name extends OperationName> = Awaited<
  ReturnType<typeof OPERATIONS[Name]>
>;
