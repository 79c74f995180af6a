import { z } from "zod";
import type {
  CloseRunTask,
  CommitTask,
  FindShardsTask,
  OpenedRun,
  OpenRunTask,
  ShardTask,
  StageResult,
  StageTask,
} from "../activities/types.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import { rerunPlace, runAt } from "./places.ts";
import {
  DIGEST,
  MAX_SHARDS,
  NAME,
  objectOf,
  PIPELINE_PLAN,
  PLACE,
  STAGE_NAME,
  STAGE_PLAN,
} from "./plan_schema.ts";

/**
 * The schemas of what activities and the workflows of stages are given. Whoever reaches the Temporal
 * server can give them anything, and complete one activity in another's name, so none counts on
 * what another has checked.
 */

const COUNT = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const SECONDS = z.number().min(0);

/** A shard, or how many there are. */
export const SHARD_COUNT = COUNT.max(MAX_SHARDS);

/** Digest of the code that started a run. */
export const BUILD = z.string().max(128);

/** Id of a data root. */
export const ROOT_ID = z.guid();

/** Id of a workflow; Temporal's own bound is 1,000. */
export const WORKFLOW_ID = z.string().min(1).max(1000).regex(/^\P{C}+$/u, {
  error: "expected an id without control characters",
});

/** Schema of Temporal's texts: messages and commands, which reports show in full. */
export const TEXT = z.string().max(1_000_000);

/** Schema of the changes to a declaration. */
export const CHANGES = z.record(z.string().max(1000), z.json());

/** Most inputs of a stage. */
export const MAX_INPUTS = 16_384;

/** Directory of a run, relative to the data root. */
export const RUN_PLACE = z.string().refine((place) => runAt(place) !== null, {
  error: "expected runs/<pipeline>/<number>",
});

/** Schema of the directory of `stages/`: the data root itself, or that of a rerun. */
const BASE = z.string().regex(/^(?:reruns\/[a-z][a-z0-9_-]{0,62}-\d{1,15})?$/, {
  error: "expected nothing, or reruns/<pipeline>-<run>",
});

/** Number and directories of an opened run. */
export const OPENED_RUN = objectOf<OpenedRun>({
  run: COUNT.min(1),
  directory: RUN_PLACE,
  base: BASE,
});

/** Schema of the result of a stage. */
export const STAGE_RESULT = objectOf<StageResult>({
  stage: STAGE_NAME,
  kind: NAME,
  key: DIGEST,
  digest: z.string().regex(/^[\x20-\x7e]{1,128}$/, { error: "expected a digest" }),
  path: PLACE,
  cached: z.boolean(),
  resumedFrom: COUNT.nullable(),
  seconds: SECONDS,
  threadSeconds: SECONDS.exactOptional(),
  counts: z.record(z.string().max(255), z.number()),
  metrics: z.record(z.string().max(255), z.union([z.number(), z.string().max(10_000)])),
});

/** Fields of every activity of a stage. */
const STAGE_FIELDS = {
  directory: RUN_PLACE,
  base: BASE,
  stage: STAGE_PLAN,
  inputs: z.array(STAGE_RESULT).max(MAX_INPUTS),
  inputStages: z.array(STAGE_PLAN).max(MAX_INPUTS),
  owner: WORKFLOW_ID,
  build: BUILD,
  rootId: ROOT_ID.exactOptional(),
};

/** The task of an activity of a whole stage, and of the workflow of any. */
export const STAGE_TASK = objectOf<StageTask>(STAGE_FIELDS)
  .superRefine(checkStageTask);

/** The task of one shard. */
export const SHARD_TASK = objectOf<ShardTask>({ ...STAGE_FIELDS, shard: COUNT })
  .superRefine((task, context) => {
    checkStageTask(task, context);
    checkShard(task, "shard", context);
  });

/** Schema of shards without which a chain goes on. */
export const QUARANTINED_SHARDS: z.ZodType<readonly QuarantinedShard[]> = z.array(
  objectOf<QuarantinedShard>({ shard: SHARD_COUNT, kind: NAME, reason: z.string().max(1000) }),
).max(100_000);

/** The task of the activity that commits a sharded stage. */
export const COMMIT_TASK = objectOf<CommitTask>({
  ...STAGE_FIELDS,
  lastShard: COUNT,
  quarantined: QUARANTINED_SHARDS.exactOptional(),
  cachedShards: COUNT,
  seconds: SECONDS,
  threadSeconds: SECONDS,
}).superRefine((task, context) => {
  checkStageTask(task, context);
  checkShard({ ...task, shard: task.lastShard }, "lastShard", context);
  checkQuarantined(task, context);
});

/** Shards that one activity may look for: their results fit a payload of Temporal's. */
const MOST_SEARCHED = 100_000;

/** The task of the activity that looks for stored shards. */
export const FIND_SHARDS_TASK = objectOf<FindShardsTask>({
  ...STAGE_FIELDS,
  first: COUNT,
  end: COUNT,
}).superRefine((task, context) => {
  checkStageTask(task, context);
  const { first, end } = task;
  if (first < end && end - first <= MOST_SEARCHED) {
    checkShard({ ...task, shard: end - 1 }, "end", context);
  } else {
    const message = `expected 1 to ${MOST_SEARCHED} shards`;
    context.addIssue({ code: "custom", path: ["end"], message });
  }
});

/** The task of the activity that opens a run. */
export const OPEN_RUN_TASK = objectOf<OpenRunTask>({
  workflowId: WORKFLOW_ID,
  firstExecutionRunId: WORKFLOW_ID,
  plan: PIPELINE_PLAN,
  build: BUILD,
  rerun: z.boolean(),
  command: TEXT.exactOptional(),
  changes: CHANGES.exactOptional(),
  rootId: ROOT_ID.exactOptional(),
});

/** The task of the activity that closes a run: its places follow from its plan and its number. */
export const CLOSE_RUN_TASK = objectOf<CloseRunTask>({
  run: COUNT.min(1),
  directory: RUN_PLACE,
  base: BASE,
  plan: PIPELINE_PLAN,
  status: z.enum(["completed", "failed", "cancelled"]),
  error: z.strictObject({ stage: STAGE_NAME.nullable(), name: TEXT, message: TEXT }).nullable(),
  stages: z.array(STAGE_RESULT).max(MAX_INPUTS),
  notNeeded: z.array(STAGE_NAME).max(MAX_INPUTS).exactOptional(),
  seconds: SECONDS,
  workflowId: WORKFLOW_ID,
  firstExecutionRunId: WORKFLOW_ID.exactOptional(),
  build: BUILD,
  rootId: ROOT_ID.exactOptional(),
  rerun: z.boolean(),
}).superRefine((task, { addIssue }) => {
  const refuse = (path: PropertyKey[], message: string) =>
    addIssue({ code: "custom", path, message });
  const { plan, run, rerun } = task;
  const place = runAt(task.directory), base = rerun ? rerunPlace(plan.name, run) : "";
  if (place?.pipeline !== plan.name || place.run !== run) {
    refuse(["directory"], `expected that of run ${run} of ${plan.name}`);
  }
  if (task.base !== base) refuse(["base"], `expected "${base}"`);
  const stages = new Map(plan.stages.map((stage) => [stage.name, stage]));
  for (const [index, result] of task.stages.entries()) {
    const fault = faultOfResult(result, stages.get(result.stage), base);
    if (fault !== null) refuse(["stages", index, ...fault.path], fault.message);
    stages.delete(result.stage); // each is there once
  }
});

/** Part of {@linkcode z.core.$RefinementCtx} that is used here. */
type Refinement = Pick<z.core.$RefinementCtx, "addIssue">;

/**
 * Checks that a stage's inputs are those that its plan names, and that their results are where
 * their plans say.
 */
function checkStageTask(task: StageTask, { addIssue }: Refinement): void {
  const refuse = (path: PropertyKey[], message: string) =>
    addIssue({ code: "custom", path, message });
  const { directory, base, stage, inputs, inputStages } = task;
  const place = runAt(directory);
  const rerun = place === null ? "" : rerunPlace(place.pipeline, place.run);
  if (base !== "" && base !== rerun) refuse(["base"], `expected nothing, or "${rerun}"`);
  const names = inputStages.map(({ name }) => name);
  if (names.join("\n") !== stage.from.join("\n")) {
    refuse(["inputStages"], "expected the plans of the stages that it names as inputs");
  }
  // Within a chain a stage begins before its input has a result.
  if (inputs.length > 0 && inputs.length !== inputStages.length) {
    refuse(["inputs"], "expected the results of all inputs");
  }
  for (const [index, result] of inputs.entries()) {
    const fault = faultOfResult(result, inputStages[index], base);
    if (fault !== null) refuse(["inputs", index, ...fault.path], fault.message);
  }
}

/** Returns why a result is not that of a stage, null if it may be. */
function faultOfResult(
  result: StageResult,
  plan: StageTask["stage"] | undefined,
  base: string,
): { readonly path: PropertyKey[]; readonly message: string } | null {
  if (plan === undefined) return { path: ["stage"], message: "expected a stage of the plan" };
  const expected = {
    stage: plan.name,
    kind: plan.kind,
    key: plan.key,
    path: base === "" ? plan.commit : `${base}/${plan.commit}`,
  };
  for (const field of ["stage", "kind", "key", "path"] as const) {
    if (result[field] === expected[field]) continue;
    return { path: [field], message: `expected "${expected[field]}"` };
  }
  return null;
}

/** A shard is one of those that its stage may have. */
function checkQuarantined(
  { stage, lastShard, quarantined }: CommitTask,
  { addIssue }: Refinement,
): void {
  if (quarantined === undefined) return;
  const isAscending = quarantined.every(({ shard }, at) =>
    shard <= lastShard && shard > (quarantined[at - 1]?.shard ?? -1)
  );
  if (stage.chain?.quarantine === "skip" && isAscending) return;
  const message =
    "expected shards up to the last in ascending order, of a chain that may skip them";
  addIssue({ code: "custom", path: ["quarantined"], message });
}

function checkShard({ stage, shard }: ShardTask, field: string, { addIssue }: Refinement): void {
  const { chain, shards } = stage;
  const most = shards ?? (chain === undefined ? 0 : Math.ceil(chain.maxCandidates / chain.shard));
  if (shard < most) return;
  addIssue({ code: "custom", path: [field], message: `expected a shard below ${most}` });
}
