import { digestOf } from "../../core/canonical.ts";
import type { Arithmetic, EpisodeSource, SavedPolicy, Tensor } from "../../core/episode.ts";
import { DivergedError } from "../../core/errors.ts";
import type { BatchSource } from "./batch_source.ts";
import { isBuiltinModel } from "../builtin_models.ts";
import { requireModel } from "./initial_policy.ts";
import { ARITHMETIC, FIRST_ARITHMETIC } from "../kernels/kernels.ts";
import {
  getModel,
  type ModelParameters,
  type Network,
  resolveParameters,
  type TrainingSetup,
} from "../model.ts";
import { initialWeights } from "../tape/parameters.ts";
import { cutIntoMicrobatches } from "./microbatches.ts";
import { ProgressMeter } from "./progress_meter.ts";
import {
  arithmeticOf,
  packState,
  type RunningState,
  startState,
  unpackState,
} from "./running_state.ts";
import { MicrobatchTeam } from "./microbatch_team.ts";
import { TrainingSession, type ValidationLoss } from "./training_session.ts";
import type {
  MetricsRow,
  TrainingProgress,
  TrainingResult,
  TrainingState,
} from "./training_state.ts";

/** Options of {@linkcode trainModel}: the model, the data, and the place of its state. */
export interface TrainOptions {
  /** Name of a registered model. */
  readonly model: string;
  /** Hyperparameters; absent ones take the model's defaults, unknown ones are refused. */
  readonly parameters: ModelParameters;
  /** Seed, which together with `stream` is the source of every random number. */
  readonly seed: number;
  readonly stream: string;
  readonly source: EpisodeSource;
  /** Steps between two calls of `saveCheckpoint`. */
  readonly checkpointEvery: number;
  /** Steps between two losses on the validation split. */
  readonly validateEvery: number;
  /** State that was passed to `saveCheckpoint`, to continue from. */
  readonly resume?: TrainingState;
  /** Weights and normalisation to begin from, in place of random ones. */
  readonly initFrom?: SavedPolicy;
  /** Class of arithmetic; that of `resume` where it is absent, and `fma` where both are. */
  readonly arithmetic?: Arithmetic;
  /** Threads that compute, at most one for each microbatch of 64 rows; they change no bit. */
  readonly threads?: number;
  /** Called every `checkpointEvery` steps, on abort and at the end; training waits for it. */
  readonly saveCheckpoint?: (state: TrainingState) => Promise<void>;
  /** Called with every row so far whenever the validation loss was measured; training waits for it. */
  readonly saveMetrics?: (rows: readonly MetricsRow[]) => Promise<void>;
  /** Called a few times a second. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops after the current step; the state is saved and the result is `stopped`. */
  readonly signal?: AbortSignal;
}

/** Rows of metrics that a training leaves, about: enough for a curve, few enough for a checkpoint. */
const METRICS_ROWS = 500;

/**
 * Trains a model. The result is a function of everything but the callbacks, the signal, `threads` and
 * `checkpointEvery`: stopping and resuming any number of times changes no bit of it.
 *
 * @throws {InvalidInputError} If a parameter, the dataset, `resume` or `initFrom` does not fit
 * @throws {DivergedError} If the loss is no longer finite
 */
export async function trainModel(options: TrainOptions): Promise<TrainingResult> {
  const training = await openTraining(options);
  const team = await openTeam(training);
  if (team !== null) training.session.join(team);
  try {
    return await runTraining(training, options);
  } finally {
    await team?.close();
  }
}

/** Threads for a training; null if one does it all. */
async function openTeam(
  { model, arithmetic, threads, setup: { config, batch }, session: { memory, board } }: Training,
): Promise<MicrobatchTeam | null> {
  return threads < 2
    ? null
    : await MicrobatchTeam.start({ model, config, batch, arithmetic, memory, board, threads });
}

async function runTraining(training: Training, options: TrainOptions): Promise<TrainingResult> {
  const { signal, checkpointEvery, validateEvery } = options;
  const { setup, session, state, batches } = training;
  const { steps, optimizer } = setup;
  const resumedFrom = state.step;
  const meter = new ProgressMeter(steps, state.step, options.onProgress);
  const metricsEvery = Math.ceil(steps / METRICS_ROWS);

  let loading = state.step < steps ? batches.prepare(state.step) : undefined;
  const prepareNext = () => {
    loading = state.step + 1 < steps ? batches.prepare(state.step + 1) : undefined;
    loading?.catch(() => {}); // the next step, if there is one, fails with it
  };
  while (state.step < steps && signal?.aborted !== true) {
    if (loading !== undefined) await loading;
    const { loss, products } = session.step(state.step, batches, {
      products: state.products,
      ahead: prepareNext,
    });
    if (!Number.isFinite(loss)) throw divergedError(options.model, state.step, loss);
    state.step++;
    state.products = products;
    state.lossSum += loss;
    state.lossSteps++;
    if (setup.average !== undefined) averageWeights(session, setup.average, state.step);
    meter.add(loss);

    const last = state.step === steps;
    const validates = last || state.step % validateEvery === 0;
    if (validates || state.step % metricsEvery === 0) recordMetrics(training, validates);
    if (validates) await options.saveMetrics?.(state.metrics);
    if (!last && state.step % checkpointEvery === 0) await save(training, options);
    const pause = meter.tick(state, optimizer);
    if (pause !== undefined) await pause;
  }

  meter.report(state, optimizer);
  const { stepsPerSecond } = meter;
  const best = state.best === null ? null : policyOf(training, state.best);
  const last = policyOf(training, session.average() ?? session.weights());
  return {
    status: state.step === steps ? "completed" : "stopped",
    state: await save(training, options),
    policy: setup.keep === "best" && best !== null ? best : last,
    best,
    metrics: state.metrics,
    resumedFrom,
    stepsPerSecond,
  };
}

/** Training in progress. */
interface Training {
  readonly model: string;
  readonly arithmetic: Arithmetic;
  readonly threads: number;
  readonly setup: TrainingSetup;
  readonly session: TrainingSession;
  readonly batches: BatchSource;
  readonly validation: BatchSource;
  readonly state: RunningState;
  /** Digest of everything that the result depends on; a state continues only with the same one. */
  readonly digest: string;
}

/** Makes model, data and state ready for the next step. */
async function openTraining(options: TrainOptions): Promise<Training> {
  const { seed, stream, initFrom, resume, validateEvery } = options;
  const model = getModel(options.model);
  const parameters = resolveParameters(model, options.parameters);
  if (initFrom !== undefined) requireModel(initFrom, model.name);
  const setup = await model.prepare(options.source, parameters, initFrom);
  const network = model.createNetwork(setup.config);
  const batches = await setup.openBatches(seed, stream);
  const validation = await setup.openValidation();
  const arithmetic = resume === undefined
    ? options.arithmetic ?? ARITHMETIC
    : arithmeticOf(resume, options.arithmetic);
  // What a user registered, no thread knows; more threads than microbatches have nothing to do.
  const threads = isBuiltinModel(model.name)
    ? Math.min(options.threads ?? 1, cutIntoMicrobatches(setup.batch).length)
    : 1;
  const session = new TrainingSession(network, setup.optimizer, {
    arithmetic,
    batch: setup.batch,
    validationRows: validation.rows,
    threads,
    room: batches.floats ?? 0,
    averaged: setup.average !== undefined,
  });
  session.place(batches);
  const digest = digestOf({
    model: model.name,
    codeVersion: model.codeVersion,
    // States that are older than classes have none.
    ...(arithmetic === FIRST_ARITHMETIC ? {} : { arithmetic }),
    parameters,
    config: setup.config,
    constants: Object.entries(setup.constants).map(([name, { data }]) => [name, ...data]),
    validateEvery,
    seed,
    stream,
    rows: [batches.rows, validation.rows],
  });
  const training = {
    model: model.name,
    arithmetic,
    threads,
    setup,
    session,
    batches,
    validation,
    digest,
  };
  return { ...training, state: takeUp(training, network, options) };
}

/** Takes up the state of a training that went before, or a first one. */
function takeUp(
  { session, digest }: Omit<Training, "state">,
  network: Network,
  { seed, stream, initFrom, resume }: TrainOptions,
): RunningState {
  if (resume === undefined) {
    const initial = initFrom?.tensors ?? initialWeights(network.weights, seed, stream);
    session.setWeights(initial);
    session.setAverage(initial);
    return startState();
  }
  const state = unpackState(resume, digest);
  session.setWeights(resume.tensors, "weights/");
  session.setMoments(resume.tensors);
  session.setAverage(resume.tensors, "average/");
  return state;
}

/** Writes a row of the mean loss since the row before. @param validates Measures validation too */
function recordMetrics(training: Training, validates: boolean): void {
  const { state, setup: { optimizer } } = training;
  const terms = validates ? validate(training) : {};
  state.metrics.push({
    step: state.step,
    loss: state.lossSum / state.lossSteps,
    validationLoss: validates ? state.validationLoss : null,
    ...(Object.keys(terms).length === 0 ? {} : { validationTerms: terms }),
    learningRate: optimizer.learningRate(state.step - 1),
  });
  state.lossSum = state.lossSteps = 0;
}

/** Measures the validation loss; keeps the weights where it is the best so far. @returns Its terms */
function validate({ session, state, validation }: Training): ValidationLoss["terms"] {
  const measured = session.validate(validation);
  state.validationLoss = measured?.loss ?? null;
  if (measured !== null && measured.loss < state.bestLoss) {
    state.bestLoss = measured.loss;
    state.best = session.weights();
  }
  return measured?.terms ?? {};
}

/**
 * Moves an average towards the weights after a step. The decay grows with the steps, so that the
 * first weights, which are noise, do not weigh more than they are worth.
 *
 * @see Polyak and Juditsky (1992); the growth is that of TensorFlow's ExponentialMovingAverage
 */
function averageWeights(session: TrainingSession, most: number, step: number): void {
  session.moveAverage(1 - Math.min(most, (1 + step) / (10 + step)));
}

async function save(training: Training, { saveCheckpoint }: TrainOptions): Promise<TrainingState> {
  const { state, session, setup: { constants }, digest: configDigest, arithmetic } = training;
  const packed = packState(state, session, { constants, configDigest, arithmetic });
  await saveCheckpoint?.(packed);
  return packed;
}

function policyOf(
  { model, setup, arithmetic }: Training,
  weights: Readonly<Record<string, Tensor>>,
): SavedPolicy {
  return {
    model,
    config: setup.config,
    tensors: { ...weights, ...setup.constants },
    ...(arithmetic === FIRST_ARITHMETIC ? {} : { arithmetic }),
  };
}

function divergedError(model: string, step: number, loss: number): DivergedError {
  return new DivergedError({
    action: `train "${model}" beyond step ${step}`,
    expected: "a finite loss",
    found: loss,
    remedy: "lower lr or clip, or look for extreme values in the dataset",
  });
}
