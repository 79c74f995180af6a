import { closeRun } from "../close_run.ts";
import { commitShards } from "./commit_shards.ts";
import { findShards } from "./find_shards.ts";
import type { Operation } from "./operation.ts";
import { findStage } from "./stage.ts";
import { stageOperation } from "./stage_operations.ts";

/** Work of threads other than that of stages, by the name that crosses to them. */
const OPERATIONS = {
  commitShards,
  findShards,
  findStage,
  closeRun,
} as const;

type Operations = typeof OPERATIONS;

/** Name of an operation that does not belong to a stage. */
export type NamedOperation = keyof Operations;

/** Input of the operation with a name. */
export type OperationInput<Name extends NamedOperation> = Parameters<Operations[Name]>[0];

/** Result of the operation with a name. */
export type OperationResult<Name extends NamedOperation> = Awaited<ReturnType<Operations[Name]>>;

/**
 * Tells whether an operation is carried out even where a module of the user's does not load in a
 * thread: a run that failed for that reason still ends with its summary and its report.
 */
export function worksWithoutModules(name: string): boolean {
  return name === closeRun.name;
}

/** Finds what a thread is to do, by its name or by the kind of its stage. @throws {TypeError} If there is no such operation */
export function operationOf(name: string): Operation<unknown, unknown> {
  if (Object.hasOwn(OPERATIONS, name)) {
    return OPERATIONS[name as NamedOperation] as Operation<unknown, unknown>; // input goes with name
  }
  const operation = stageOperation(name);
  // The workflow that names the kind passes what stages or shards of it take.
  return ("shard" in operation ? operation.shard : operation.run) as Operation<unknown, unknown>;
}
