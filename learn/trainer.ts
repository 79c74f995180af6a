import { setImmediate } from "node:timers";
import { digestOf, type JsonValue } from "../core/canonical.ts";
import type { EpisodeSource, SavedPolicy, Tensor } from "../core/episode.ts";
import { DivergedError, InvalidInputError } from "../core/errors.ts";
import { getModel, type ModelParameters, resolveParameters } from "./model.ts";
import { initialWeights } from "./parameters.ts";
import { packState, type RunningState, startState, unpackState } from "./running_state.ts";
import { TrainingSession } from "./training_session.ts";
import type { TrainingProgress, TrainingResult, TrainingState } from "./training_state.ts";

/** What {@linkcode trainModel} trains, on what, and where it leaves its state. */
export interface TrainOptions {
  /** Name of a registered model. */
  readonly model: string;
  /** Hyperparameters; absent ones take the model's defaults, unknown ones are refused. */
  readonly parameters: ModelParameters;
  /** With `stream` the source of every random number. */
  readonly seed: number;
  readonly stream: string;
  readonly source: EpisodeSource;
  /** Steps between two calls of `saveCheckpoint`. */
  readonly checkpointEvery: number;
  /** Steps between two losses on the validation split. */
  readonly validateEvery: number;
  /** A state that `saveCheckpoint` was given: go on from it. */
  readonly resume?: TrainingState;
  /** Weights and normalisation to begin from, in place of random ones. */
  readonly initFrom?: SavedPolicy;
  /** Called every `checkpointEvery` steps, on abort and at the end; training waits for it. */
  readonly saveCheckpoint?: (state: TrainingState) => Promise<void>;
  /** Called a few times a second. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops after the step under way; the state is saved and the result is `stopped`. */
  readonly signal?: AbortSignal;
}

/** Rows of metrics that a training leaves, about: enough for a curve, few enough for a checkpoint. */
const METRICS_ROWS = 500;
/** How long the event loop may wait, so that a message to stop is seen. */
const YIELD_MILLISECONDS = 50;
const PROGRESS_MILLISECONDS = 250;

/**
 * Trains a model. The result is a function of everything but the callbacks, the signal and
 * `checkpointEvery`: stopping and resuming any number of times changes no bit of it.
 *
 * @throws {InvalidInputError} If a parameter, the dataset, `resume` or `initFrom` does not fit
 * @throws {DivergedError} If the loss is no longer finite
 */
export async function trainModel(options: TrainOptions): Promise<TrainingResult> {
  const { seed, stream, initFrom, signal, checkpointEvery, validateEvery } = options;
  const model = getModel(options.model);
  const parameters = resolveParameters(model, options.parameters);
  if (initFrom !== undefined && initFrom.model !== model.name) {
    throw new InvalidInputError(
      `Cannot train "${model.name}" from a policy: expected the same model, ` +
        `found "${initFrom.model}"`,
    );
  }
  const setup = await model.prepare(options.source, parameters, initFrom);
  const { steps, optimizer } = setup;
  const network = model.createNetwork(setup.config);
  const batches = await setup.openBatches(seed, stream);
  const validation = await setup.openValidation();
  const session = new TrainingSession(network, optimizer, {
    batch: setup.batch,
    validationRows: validation.rows,
  });
  const digest = digestOf({
    model: model.name,
    codeVersion: model.codeVersion,
    parameters,
    config: setup.config,
    validateEvery,
    seed,
    stream,
    rows: [batches.rows, validation.rows],
  });

  let state: RunningState = startState();
  if (options.resume === undefined) {
    session.setWeights(initFrom?.tensors ?? initialWeights(network.weights, seed, stream));
  } else {
    state = unpackState(options.resume, digest);
    session.setWeights(options.resume.tensors, "weights/");
    session.setMoments(options.resume.tensors);
  }
  const resumedFrom = state.step;
  const save = async (): Promise<TrainingState> => {
    const saved = packState(state, session, setup.constants, digest);
    await options.saveCheckpoint?.(saved);
    return saved;
  };

  const metricsEvery = Math.ceil(steps / METRICS_ROWS);
  const started = performance.now();
  let yielded = started, reported = started, reportedStep = state.step;
  let recentLoss = 0;
  const report = (now: number): void => {
    if (state.step === reportedStep) return;
    options.onProgress?.({
      step: state.step,
      steps,
      loss: recentLoss / (state.step - reportedStep),
      validationLoss: state.validationLoss,
      learningRate: optimizer.learningRate(state.step - 1),
      stepsPerSecond: (state.step - reportedStep) / (now - reported) * 1000,
    });
    recentLoss = 0;
    reported = now;
    reportedStep = state.step;
  };

  while (state.step < steps && signal?.aborted !== true) {
    const loading = batches.prepare(state.step);
    if (loading !== undefined) await loading;
    const { loss, products } = session.step(state.step, batches, state.products);
    if (!Number.isFinite(loss)) throw divergedError(model.name, state.step, loss, parameters);
    state.step++;
    state.products = products;
    state.lossSum += loss;
    state.lossSteps++;
    recentLoss += loss;

    const last = state.step === steps;
    const validates = last || state.step % validateEvery === 0;
    if (validates) {
      state.validationLoss = session.validate(validation);
      if (state.validationLoss !== null && state.validationLoss < state.bestLoss) {
        state.bestLoss = state.validationLoss;
        state.best = session.weights();
      }
    }
    if (validates || state.step % metricsEvery === 0) {
      state.metrics.push({
        step: state.step,
        loss: state.lossSum / state.lossSteps,
        validationLoss: validates ? state.validationLoss : null,
        learningRate: optimizer.learningRate(state.step - 1),
      });
      state.lossSum = state.lossSteps = 0;
    }
    if (!last && state.step % checkpointEvery === 0) await save();

    const now = performance.now();
    if (now - yielded < YIELD_MILLISECONDS) continue;
    if (now - reported >= PROGRESS_MILLISECONDS) report(now);
    await new Promise<void>((resolve) => setImmediate(resolve));
    yielded = performance.now();
  }

  const now = performance.now();
  report(now);
  const policyOf = (weights: Readonly<Record<string, Tensor>>): SavedPolicy => ({
    model: model.name,
    config: setup.config,
    tensors: { ...weights, ...setup.constants },
  });
  const best = state.best === null ? null : policyOf(state.best);
  const last = policyOf(session.weights());
  return {
    status: state.step === steps ? "completed" : "stopped",
    state: await save(),
    policy: setup.keep === "best" && best !== null ? best : last,
    best,
    metrics: state.metrics,
    resumedFrom,
    stepsPerSecond: (state.step - resumedFrom) / (now - started) * 1000,
  };
}

function divergedError(
  model: string,
  step: number,
  loss: number,
  { lr, clip }: Readonly<Record<string, JsonValue>>,
): DivergedError {
  return new DivergedError(
    `Cannot train "${model}" beyond step ${step}: expected a finite loss, found ${loss}: ` +
      `lower lr (now ${lr}) or clip (now ${clip}), or look for extreme values in the dataset`,
  );
}
