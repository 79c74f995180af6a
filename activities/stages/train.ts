import { join } from "node:path";
import type { EpisodeSchema, SavedPolicy } from "../../core/episode.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import {
  checkInitialPolicy,
  getModel,
  isPolicyModel,
  type TrainingResult,
  trainModel,
} from "../../learn/mod.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { hyperparametersOf, train } from "../../pipelines/kinds/train.ts";
import {
  type Commit,
  fillCheckpoints,
  latestCheckpoint,
  loadPolicy,
  openDataset,
  pruneCheckpoints,
  pushCheckpoints,
  readCommit,
  saveCheckpoint,
  savePolicy,
  StoreWriter,
  writeFileAtomically,
} from "../../store/mod.ts";
import { METRICS_FILE } from "./metrics_file.ts";
import { handedOn } from "./labelled_steps.ts";
import type { OperationContext } from "./operation.ts";
import { ensureStage } from "./stage.ts";
import type { StageResult, StageTask } from "../types.ts";

/**
 * Number of checkpoints kept in addition to the one with the best validation loss: one may be
 * damaged.
 */
const CHECKPOINTS_KEPT = 2;

/** Trains a model on a dataset, from its last checkpoint where there is one. */
export function trainStage(task: StageTask, context: OperationContext): Promise<StageResult> {
  const { stage } = task, { root, bucket, now, signal, onProgress, spareThreads = 0 } = context;
  const place = join(task.base, stage.commit);
  const { model, checkpointEvery, validateEvery } = parametersOf(stage, train);
  return ensureStage(task, context, async (directory) => {
    if (bucket !== undefined) await fillCheckpoints(bucket, place);
    const latest = await latestCheckpoint(directory);
    const initFrom = await initialPolicy(task, root);
    const source = await openDataset(datasetDirectory(task, root));
    const given = (await readCommit(datasetDirectory(task, root)))?.counts ?? {};
    const began = now();
    const result = await trainModel({
      model,
      parameters: hyperparametersOf(stage),
      seed: stage.seed,
      stream: stage.stream,
      source,
      checkpointEvery,
      validateEvery,
      ...(latest === null ? {} : { resume: latest.checkpoint }),
      ...(initFrom === null ? {} : { initFrom }),
      saveCheckpoint: async (state) => {
        await saveCheckpoint(directory, state.step, state);
        await pruneCheckpoints(directory, { keep: CHECKPOINTS_KEPT, best: null });
        if (bucket !== undefined) await pushCheckpoints(bucket, place);
      },
      saveMetrics: (rows) => writeMetrics(directory, rows, began),
      threads: 1 + spareThreads,
      signal,
      onProgress,
    });
    signal.throwIfAborted();
    const commit = await commitTraining(directory, result, {
      schema: source.schema,
      began,
      counts: handedOn(given),
    });
    return { commit, resumedFrom: latest?.checkpoint.step ?? null };
  });
}

function datasetDirectory(task: StageTask, root: string): string {
  const stored = task.stage.external.find(({ parameter }) => parameter === "dataset");
  return join(root, stored?.path ?? task.inputs[0]!.path);
}

/** The weights to begin with: those of a stored policy, or of another train stage. */
function initialPolicy(
  { stage, inputs }: StageTask,
  root: string,
): Promise<SavedPolicy | null> {
  const stored = stage.external.find(({ parameter }) => parameter === "initFrom");
  const { initFrom } = parametersOf(stage, train);
  const place = typeof initFrom === "object"
    ? inputs.find((input) => input.stage === initFrom.from)?.path
    : stored?.path;
  return place === undefined ? Promise.resolve(null) : loadPolicy(join(root, place));
}

type MetricsRows = TrainingResult["metrics"];

/**
 * Writes the metrics measured so far, in the form in which they are committed at the end, so that a
 * training can be watched.
 */
async function writeMetrics(directory: string, rows: MetricsRows, began: Date): Promise<void> {
  await writeFileAtomically(join(directory, METRICS_FILE), metricsText(rows));
  await writeEvents(directory, rows, began);
}

function metricsText(rows: MetricsRows): string {
  return rows.map((row) => JSON.stringify(row) + "\n").join("");
}

/** Rows keep their time from one writing to the next: who follows the file reads on where it was. */
async function writeEvents(directory: string, rows: MetricsRows, began: Date): Promise<void> {
  const { encodeEvents } = await import("../../learn/foreign.ts");
  await writeFileAtomically(
    join(directory, "events.out.tfevents.0.sluice"),
    encodeEvents(rows, { wallTime: began.getTime() / 1000 }),
  );
}

async function commitTraining(
  directory: string,
  result: TrainingResult,
  { schema: { environment, options }, began, counts }: {
    readonly schema: EpisodeSchema;
    readonly began: Date;
    /** Counts of the dataset that are handed on. */
    readonly counts: Readonly<Record<string, number>>;
  },
): Promise<Commit> {
  const { policy, metrics } = result;
  await writeEvents(directory, metrics, began);
  const writer = new StoreWriter(directory);
  await savePolicy(writer, policy);
  if (isPolicyModel(getModel(policy.model))) {
    const { exportOnnx } = await import("../../learn/foreign.ts");
    await writer.write("policy.onnx", exportOnnx(policy));
  }
  await writer.write(METRICS_FILE, metricsText(metrics));
  const last = metrics.at(-1), best = bestRow(metrics);
  return writer.commit({
    kind: "train",
    counts: { steps: result.state.step, parameters: countParameters(policy), ...counts },
    metrics: {
      ...(last === undefined ? {} : { loss: last.loss, learning_rate: last.learningRate }),
      ...(last?.validationLoss == null ? {} : { validation_loss: last.validationLoss }),
      ...(best === null ? {} : best),
    },
    attributes: { model: policy.model, environment, ...(options === undefined ? {} : { options }) },
  });
}

/** The lowest validation loss and its step, null if none was measured. */
function bestRow(metrics: TrainingResult["metrics"]): Record<string, number> | null {
  let best: { best_validation_loss: number; best_step: number } | null = null;
  for (const { step, validationLoss } of metrics) {
    if (validationLoss === null) continue;
    if (best === null || validationLoss < best.best_validation_loss) {
      best = { best_validation_loss: validationLoss, best_step: step };
    }
  }
  return best;
}

function countParameters({ tensors }: SavedPolicy): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
}

/** Finds an initial policy of another shape where dataset and policy are both stored already. */
export async function checkInitialWeights(
  stage: StagePlan,
  { root }: { readonly root: string },
): Promise<void> {
  const stored = Object.fromEntries(
    stage.external.map(({ parameter, path }) => [parameter, join(root, path)]),
  );
  if (stored["initFrom"] === undefined || stored["dataset"] === undefined) return;
  await checkInitialPolicy(await loadPolicy(stored["initFrom"]), {
    model: parametersOf(stage, train).model,
    parameters: hyperparametersOf(stage),
    source: await openDataset(stored["dataset"]),
  });
}
