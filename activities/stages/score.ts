import { monotonicMs } from "../../core/monotonic.ts";
import { readMetrics } from "./metrics_file.ts";
import { kindOf } from "../../pipelines/kinds/mod.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type JsonValue } from "../../core/canonical.ts";
import type { EpisodeSchema } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { getModel, type ScoreFigures, type TrainedModel } from "../../learn/mod.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { score } from "../../pipelines/kinds/score.ts";
import { environmentOf, rolloutCandidates } from "../../sim/mod.ts";
import { loadPolicy, openDataset, StoreWriter } from "../../store/mod.ts";
import type { OperationContext } from "./operation.ts";
import { ensureStage } from "./stage.ts";
import type { StageResult, StageTask } from "../types.ts";

/** File with the data that a report draws of a score. */
const FIGURES_FILE = "figures.json";

/** Scores the predictions of a trained model on a split of a dataset. */
export function scoreStage(task: StageTask, context: OperationContext): Promise<StageResult> {
  const { seed, stream } = task.stage, { signal, onProgress } = context;
  const { compare, ...options } = parametersOf(task.stage, score);
  return ensureStage(task, context, async (directory) => {
    const inputs = await openInputs(task, compare, context.root);
    const { trained, compared } = inputs, { scoring } = getModel(trained.policy.model);
    if (scoring === undefined) {
      throw new InvalidInputError({
        action: "score",
        place: task.stage.name,
        expected: "a model that predicts",
        found: `"${trained.policy.model}"`,
        remedy: "make it a stage of kind evaluate",
      });
    }
    const source = await openDataset(inputs.dataset);
    const score = await scoring.score(trained.policy, source, {
      ...options,
      seed,
      stream,
      compare: compared,
      signal,
      onProgress,
    });
    const writer = new StoreWriter(directory);
    // Speeds are in the commit alone: what is hashed is a function of the task.
    await writer.write("metrics.json", canonicalJson({ ...score.metrics }) + "\n");
    await writer.write(FIGURES_FILE, canonicalJson(score.figures as unknown as JsonValue) + "\n"); // its fields are JSON
    const commit = await writer.commit({
      kind: task.stage.kind,
      counts: { episodes: score.episodes },
      metrics: {
        ...score.metrics,
        ...score.speeds,
        simulator_steps_per_second: await measureSimulator(source.schema),
      },
      attributes: { model: trained.policy.model, environment: source.schema.environment },
    });
    return { commit };
  });
}

/** The figures of a committed score. */
export async function readScoreFigures(directory: string): Promise<ScoreFigures> {
  return JSON.parse(await readFile(join(directory, FIGURES_FILE), "utf8"));
}

interface ScoreInputs {
  /** Directory of the dataset. */
  readonly dataset: string;
  readonly trained: TrainedModel;
  readonly compared: Readonly<Record<string, TrainedModel>>;
}

/** The one dataset and the one model that no role names, which checks of declarations make sure of. */
async function openInputs(
  { inputs, inputStages }: StageTask,
  compare: Readonly<Record<string, string>>,
  root: string,
): Promise<ScoreInputs> {
  const places = inputs.map(({ path }, at) => ({
    name: inputStages[at]!.name,
    gives: kindOf(inputStages[at]!).gives,
    directory: join(root, path),
  }));
  const directoryOf = (name: string) => places.find((place) => place.name === name)!.directory;
  const named = Object.values(compare);
  const roles = Object.entries(compare).map(async ([role, name]) =>
    [role, await openTrained(directoryOf(name))] as const
  );
  const scored = places.find(({ name, gives }) => gives === "model" && !named.includes(name))!;
  return {
    dataset: places.find(({ gives }) => gives === "dataset")!.directory,
    trained: await openTrained(scored.directory),
    compared: Object.fromEntries(await Promise.all(roles)),
  };
}

async function openTrained(directory: string): Promise<TrainedModel> {
  return { policy: await loadPolicy(directory), metrics: await readMetrics(directory) };
}

/** Episodes that are simulated at a time, and for how long, to measure a simulator's speed. */
const TRIAL = { episodes: 4, milliseconds: 500 };

/** Control steps a second of the engine that made a dataset, under random actions. */
async function measureSimulator(schema: EpisodeSchema): Promise<number> {
  const environment = environmentOf(schema);
  let steps = 0, first = 0, elapsed = 0;
  const started = monotonicMs();
  do {
    const { lengths } = await rolloutCandidates({
      environment,
      policy: "random",
      seed: 0,
      stream: "speed",
      first,
      count: TRIAL.episodes,
    });
    steps += lengths.reduce((sum, length) => sum + length, 0);
    first += TRIAL.episodes;
    elapsed = monotonicMs() - started;
  } while (elapsed < TRIAL.milliseconds);
  return steps / elapsed * 1000;
}
