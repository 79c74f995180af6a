import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type JsonValue } from "../../../core/canonical.ts";
import { DamagedStoreError } from "../../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import type { OwnKind } from "../../../pipelines/kinds/own_kind.ts";
import type { ParameterTable, ParameterValues } from "../../../pipelines/kinds/parameter.ts";
import {
  PackedWriter,
  readCommit,
  readTextFile,
  StoreWriter,
  writeFileAtomically,
} from "../../../store/mod.ts";
import type { StageTask } from "../../types.ts";
import type { OperationContext, ShardedOperation, WholeOperation } from "../operation.ts";
import { ensureShard } from "../shard.ts";
import { ensureStage } from "../stage.ts";
import { openInputs, type StageInput } from "./stage_inputs.ts";
import { OwnStageOutput, type StageFigures, type StageOutput } from "./stage_output.ts";

/** The context that the code of a kind gets. */
export interface StageRun<Table extends ParameterTable = ParameterTable> {
  readonly parameters: ParameterValues<Table>;
  /** Its input stages in declared order, then the stored work that parameters name. */
  readonly inputs: readonly StageInput[];
  readonly output: StageOutput;
  /**
   * A counter-based generator: equal purpose and index, equal numbers, whatever was drawn before.
   *
   * @throws {TypeError} If the kind does not say that it draws
   */
  random(purpose: string, index?: number): RandomGenerator;
  /** Seed and name of the stage's random numbers, for code that draws its own. */
  readonly seed: number;
  readonly stream: string;
  /** Aborted where the stage is to stop: at the next safe point, with `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  /** Tells how far it is. */
  onProgress(progress: { readonly done: number; readonly total: number }): void;
}

/** The context that the code of a kind without shards gets. */
export interface WholeStageRun<Table extends ParameterTable = ParameterTable>
  extends StageRun<Table> {
  /** Checkpoint of an earlier attempt. */
  readonly checkpoint: StageCheckpoint;
}

/** The context that the code of a sharded kind gets for one shard. */
export interface ShardStageRun<Table extends ParameterTable = ParameterTable>
  extends StageRun<Table> {
  /** Index of the shard in [0, shards). */
  readonly shard: number;
  readonly shards: number;
}

/** JSON that survives a kill; gone once the stage is committed. */
export interface StageCheckpoint {
  /** Returns what was saved last, null if nothing was. */
  load(): JsonValue | null;
  /** Replaces what was saved before, at once and whole. */
  save(state: JsonValue): Promise<void>;
}

/** Name of the file of a {@linkcode StageCheckpoint}. */
const CHECKPOINT_FILE = "checkpoint.json";

/** The operation of a kind without shards. */
export function wholeOperation<Table extends ParameterTable>(
  own: OwnKind<Table>,
  run: (context: WholeStageRun<Table>) => Promise<StageFigures>,
): WholeOperation {
  return {
    run: (task, context) =>
      ensureStage(task, context, async (directory) => {
        const file = join(directory, CHECKPOINT_FILE);
        const resumedFrom = existsSync(file) ? 0 : null; // of its own count, which is not known here
        using output = new OwnStageOutput(new StoreWriter(directory), own);
        const figures = await run({
          ...await runOf(own, task, context),
          output,
          checkpoint: checkpointAt(file),
        });
        context.signal.throwIfAborted();
        const commit = await output.commit(figures);
        rmSync(file, { force: true });
        return { commit, resumedFrom };
      }),
  };
}

/** The operation of a sharded kind. */
export function shardedOwnOperation<Table extends ParameterTable>(
  own: OwnKind<Table>,
  runShard: (context: ShardStageRun<Table>) => Promise<StageFigures>,
): ShardedOperation {
  return {
    shard: (task, context) =>
      ensureShard(task, context, async (directory) => {
        using output = new OwnStageOutput(new PackedWriter(directory), own);
        const figures = await runShard({
          ...await runOf(own, task, context, task.shard),
          output,
          shard: task.shard,
          shards: task.stage.shards!, // sharded kinds have them
        });
        context.signal.throwIfAborted();
        const { counts = {}, ...rest } = figures ?? {};
        // What the workflow adds up over shards to tell how far a stage is.
        return await output.commit(
          figures && { counts: { candidates: 1, ...counts }, ...rest },
        );
      }),
    figures: sumFigures,
  };
}

/** Counts of all shards, added up; `candidates` are shards and said as such. */
async function sumFigures(directories: readonly string[]) {
  const counts: Record<string, number> = {};
  for (const directory of directories) {
    const { candidates: _, ...own } = (await readCommit(directory))!.counts; // commitShards() requires it
    for (const [name, count] of Object.entries(own)) counts[name] = (counts[name] ?? 0) + count;
  }
  return { counts: { shards: directories.length, ...counts } };
}

async function runOf<Table extends ParameterTable>(
  { kind, draws = false }: OwnKind<Table>,
  task: StageTask,
  { root, signal, onProgress }: OperationContext,
  shard?: number,
) {
  const { seed, stream, parameters } = task.stage;
  return {
    // The schema, made of the same table, has accepted them.
    parameters: parameters as ParameterValues<Table>,
    inputs: await openInputs(task, root),
    seed,
    stream,
    signal,
    onProgress,
    random(purpose: string, index = 0) {
      if (!draws) {
        throw new TypeError(
          `Cannot draw random numbers in a stage of kind ${kind}: expected draws: true: seed and ` +
            "stream are in the key only then",
        );
      }
      const scope = shard === undefined ? purpose : `${purpose}/shard/${shard}`;
      return createRandom(seed, `${stream}/${scope}`, index);
    },
  };
}

function checkpointAt(file: string): StageCheckpoint {
  return {
    load() {
      const text = readTextFile(file);
      if (text === null) return null;
      try {
        return JSON.parse(text);
      } catch {
        throw new DamagedStoreError({
          action: "go on from",
          place: file,
          expected: "JSON",
          found: "something else",
          remedy: "remove it, and the stage begins again",
        });
      }
    },
    save: (state) => writeFileAtomically(file, canonicalJson(state) + "\n"),
  };
}
