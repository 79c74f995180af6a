import { join } from "node:path";
import type { z } from "zod";
import { CodeChangedError, InvalidInputError, TransientStoreError } from "../core/errors.ts";
import type { KeyContext } from "../pipelines/compile/identity.ts";
import { requireKey } from "../pipelines/key_check.ts";
import type { StageKindDefinition } from "../pipelines/kinds/kind.ts";
import { findKind } from "../pipelines/kinds/mod.ts";
import { checkInput, requireKind } from "../pipelines/plan_schema.ts";
import type { ExternalInput, StagePlan } from "../pipelines/plan.ts";
import {
  CLOSE_RUN_TASK,
  COMMIT_TASK,
  FIND_SHARDS_TASK,
  OPEN_RUN_TASK,
  SHARD_TASK,
  STAGE_TASK,
} from "../pipelines/task_schema.ts";
import {
  type BucketRoot,
  ONNX_DESCRIPTION,
  ONNX_FILE,
  packedPath,
  readCommitSync,
  readOwner,
  readRootFile,
  requireContained,
  shardDirectory,
} from "../store/mod.ts";
import type {
  CloseRunTask,
  CommitTask,
  FindShardsTask,
  OpenRunTask,
  ShardTask,
  StageTask,
} from "./types.ts";

/**
 * Checks what activities are given, before anything is read or written by it. Each throws
 *
 * - `CodeChangedError` if the run was started by other code than this worker's,
 * - `TransientStoreError` if another data root lies where the run's should,
 * - `InvalidInputError` if it is no task of this activity,
 * - `StoreAccessError` if a link in the data root leads elsewhere.
 */

/** Facts by which a worker decides whether it takes a task. */
export interface Admission {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  /** Digest of the worker's code. */
  readonly build: string;
  /** Environments, models and versions that the worker knows. */
  readonly context: KeyContext;
}

/** Checks the task of the activity that opens a run. */
export function admitOpenRun(given: unknown, admission: Admission): OpenRunTask {
  const task = admit("openRun", OPEN_RUN_TASK, given, admission);
  requirePlans(task.plan.stages, admission);
  requireContained(admission.root, join("runs", task.plan.name));
  return task;
}

/** Checks the task of the activity that closes a run. */
export function admitCloseRun(given: unknown, admission: Admission): CloseRunTask {
  const task = admit("closeRun", CLOSE_RUN_TASK, given, admission), { root } = admission;
  const { directory, base, plan, stages } = task;
  requirePlans(plan.stages, admission);
  const places = [
    join(directory, "stages"),
    ...stages.flatMap(({ stage, path }) => [path, join(directory, "videos", stage)]),
    ...plan.stages.map((stage) => join(base, stage.directory)),
  ];
  for (const place of places) requireContained(root, place);
  for (const name of ["run.json", "report.html", "plan.json"]) {
    requireContained(root, join(directory, name), { refuseLink: true });
  }
  return task;
}

/** Checks the task of an activity that takes stages of any kind. */
export function admitStage(given: unknown, admission: Admission): StageTask {
  return requireStage(admit("findStage", STAGE_TASK, given, admission), admission);
}

/** Checks the task of the activity that looks for stored shards. */
export function admitFindShards(given: unknown, admission: Admission): FindShardsTask {
  return requireStage(admit("findShards", FIND_SHARDS_TASK, given, admission), admission);
}

/** Checks the task of the activity that commits sharded stages. */
export function admitCommit(given: unknown, admission: Admission): CommitTask {
  return requireStage(admit("commitShards", COMMIT_TASK, given, admission), admission);
}

/** Checks the task of the activity of a kind: a shard of a stage, or a stage. */
export function admitWork(
  given: unknown,
  { kind, work }: StageKindDefinition,
  admission: Admission,
): StageTask | ShardTask {
  const task = work.shape === "sharded"
    ? requireShard(admit(kind, SHARD_TASK, given, admission), admission)
    : requireStage(admit(kind, STAGE_TASK, given, admission), admission);
  if (task.stage.kind === kind) return task;
  throw new InvalidInputError({
    action: `execute the task of ${kind}`,
    expected: "a stage of that kind",
    found: `one of ${task.stage.kind}`,
    remedy: "start runs by the commands of this project",
  });
}

function admit<Task extends Pick<StageTask, "rootId">>(
  name: string,
  schema: z.ZodType<Task>,
  given: unknown,
  { build, root }: Admission,
): Task {
  requireBuild(given, build);
  const task = checkInput(`the task of ${name}`, schema, given);
  if (task.rootId !== undefined) requireRoot(task.rootId, root);
  return task;
}

/**
 * Checks that the data root of a run lies where this worker has it: disks are mounted, and others
 * in their place. Read at each task, because that happens while a worker runs; another worker, or
 * another attempt, may find the right one.
 */
function requireRoot(id: string, root: string): void {
  const found = readRootFile(root)?.id;
  if (found === id) return;
  throw new TransientStoreError({
    action: "work in the data directory",
    place: root,
    expected: `that of the run, ${id}`,
    found: found ?? "none",
    remedy: "mount it there, or stop this worker; committed work is kept",
  });
}

/** Checks stages by their kinds and, where the plans of their inputs are among them, their keys. */
function requirePlans(stages: readonly StagePlan[], { context }: Admission): void {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  for (const stage of stages) requireKind(stage, findKind(stage.kind));
  for (const stage of stages) {
    const inputs = stage.from.flatMap((name) => byName.get(name) ?? []);
    if (inputs.length === stage.from.length) requireKey(stage, inputs, context);
  }
}

/** Parts of a stage's directory in which something is written by its name. */
const STAGE_PARTS = ["lock", "shards", "manifests", "checkpoints", "work"];

function requireStage<Task extends StageTask>(task: Task, admission: Admission): Task {
  const { directory, base, stage, inputStages } = task, { root } = admission;
  requirePlans([stage, ...inputStages], admission);
  const own = join(base, stage.directory);
  const places = [
    directory,
    own,
    ...STAGE_PARTS.map((part) => join(own, part)),
    join(base, stage.commit),
    ...inputStages.flatMap((input) => [join(base, input.directory), join(base, input.commit)]),
    ...(stage.chain === undefined ? [] : [join(base, stage.chain.generate)]),
    ...stage.external.map(({ path }) => path),
  ];
  for (const place of places) requireContained(root, place);
  // Of a bucket, it need not be here yet: who fills the working root with it checks it.
  if (admission.bucket === undefined) {
    for (const external of stage.external) requireExternal(external, root);
  }
  return task;
}

function requireShard(task: ShardTask, admission: Admission): ShardTask {
  const { base, stage, inputStages, shard } = requireStage(task, admission);
  for (const { directory } of [stage, ...inputStages]) {
    const place = shardDirectory(join(base, directory), shard);
    for (const path of [place, packedPath(place)]) requireContained(admission.root, path);
  }
  return task;
}

/**
 * Checks that what lies in the data root is what the plan was made with: its digest is in the key.
 */
export function requireExternal(external: ExternalInput, root: string): void {
  const { path, digest, runtime, description } = external;
  const commit = readCommitSync(join(root, path));
  const pairs = runtime === undefined
    ? [[digest, commit?.digest]]
    : [[digest, commit?.files.get(ONNX_FILE)], [description, commit?.files.get(ONNX_DESCRIPTION)]];
  for (const [expected, found] of pairs) {
    if (found === expected) continue;
    throw new InvalidInputError({
      action: "use",
      place: path,
      expected: expected === undefined
        ? "no description"
        : `what has digest ${expected.slice(0, 12)}`,
      found: found === undefined ? "nothing committed" : found.slice(0, 12),
      remedy: "run the pipeline again",
    });
  }
}

/**
 * Checks that a run is closed by the execution of the workflow that opened it.
 *
 * @param root Has the records of the run
 */
export function requireOwnRun(
  { directory, workflowId, firstExecutionRunId }: CloseRunTask,
  root: string,
): void {
  const owner = readOwner(join(root, directory));
  const isOwn = typeof owner === "string" &&
    (firstExecutionRunId === undefined
      ? owner.startsWith(`${workflowId}/`)
      : owner === `${workflowId}/${firstExecutionRunId}`);
  if (isOwn) return;
  throw new InvalidInputError({
    action: "close the run in",
    place: directory,
    expected: `one that workflow "${workflowId}" opened`,
    found: owner === null ? "none" : "another's",
    remedy: "start runs by the commands of this project",
  });
}

/**
 * Checks the build before the rest: tasks that other code started may have another form, and need
 * another remedy.
 */
function requireBuild(task: unknown, build: string): void {
  const isTask = task !== null && typeof task === "object" && "build" in task;
  const found = isTask && typeof task.build === "string" ? task.build : null;
  if (found === null || found === build) return; // the schema asks for one
  throw new CodeChangedError({
    action: "go on with a run that other code started",
    expected: `build ${found.slice(0, 12)}`,
    found: build.slice(0, 12),
    remedy: 'run "deno task cancel" and start the pipeline again; what is committed is ' +
      "used again",
  });
}
