import { monotonicMs } from "../../core/monotonic.ts";
import { join } from "node:path";
import {
  acquireLock,
  type Commit,
  measureStored,
  readCommit,
  readStageCommit,
  removeStrays,
  writeProvenance,
} from "../../store/mod.ts";
import { fillInputs } from "./fill_inputs.ts";
import type { OperationContext } from "./operation.ts";
import { provenanceOf } from "./provenance.ts";
import type { StageResult, StageTask } from "../types.ts";

/** Attempt in which a stage was committed in this run. */
export interface Attempt {
  readonly cached: boolean;
  readonly seconds: number;
  readonly resumedFrom?: number | null;
}

/** Result of the function that writes a stage for {@linkcode ensureStage}. */
export interface WrittenStage {
  readonly commit: Commit;
  /** Step from which this run continued the work of an earlier one, otherwise null. */
  readonly resumedFrom?: number | null;
  /** Duration of the work, if `write` is only its end (s). */
  readonly seconds?: number;
}

/**
 * The result of a stage: what is committed, else what `write` commits now, under its lock.
 *
 * @param write Writes and commits the stage in the given directory
 */
export async function ensureStage(
  task: StageTask,
  { root, bucket, now }: Pick<OperationContext, "root" | "bucket" | "now">,
  write: (directory: string) => Promise<WrittenStage>,
): Promise<StageResult> {
  const place = join(task.base, task.stage.commit), directory = join(root, place);
  const exactness = { exact: task.stage.exact !== false };
  await bucket?.fill(place, exactness);
  const committed = await readCommit(directory);
  if (committed) {
    const kept = await bucket?.push(place, exactness) ?? committed;
    return stageResult(task, kept, { cached: true, seconds: 0 });
  }
  await using _lock = await acquireLock(join(root, task.base, task.stage.directory), task.owner);
  await fillInputs(task, bucket);
  const started = monotonicMs();
  const { commit, resumedFrom = null, seconds: worked } = await write(directory);
  const seconds = worked ?? (monotonicMs() - started) / 1000;
  const bytes = measureStored(directory, commit);
  const provenance = provenanceOf(task, commit, { seconds, finished: now(), bytes });
  await writeProvenance(directory, provenance);
  const kept = await bucket?.push(place, exactness) ?? commit;
  return stageResult(task, kept, { cached: false, seconds, resumedFrom });
}

/** Finds the stored result of a stage; if there is none, removes what a killed process left. */
export async function findStage(
  task: StageTask,
  { root, bucket }: Pick<OperationContext, "root" | "bucket">,
): Promise<StageResult | null> {
  const place = join(task.base, task.stage.commit);
  const commit = bucket === undefined
    ? await readStageCommit(join(root, place))
    : await bucket.readStageCommit(place);
  if (commit) return stageResult(task, commit, { cached: true, seconds: 0 });
  await removeStrays(join(root, task.base, task.stage.directory));
  return null;
}

/** Converts a commit to the result of its stage, as the workflow and `run.json` pass it on. */
function stageResult(
  { base, stage }: StageTask,
  commit: Commit,
  { cached, seconds, resumedFrom = null }: Attempt,
): StageResult {
  return {
    stage: stage.name,
    kind: stage.kind,
    key: stage.key,
    digest: commit.digest,
    path: join(base, stage.commit),
    cached,
    resumedFrom,
    seconds,
    counts: commit.counts,
    metrics: commit.metrics,
  };
}
