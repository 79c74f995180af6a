import type { JsonValue } from "../../core/canonical.ts";
import { type Arithmetic, ARITHMETICS, type Tensor } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { AdamProducts } from "./optimizer.ts";
import type { TrainingSession } from "./training_session.ts";
import type { MetricsRow, TrainingState } from "./training_state.ts";

/** State that a training carries from step to step, in addition to weights and moments. */
export interface RunningState {
  /** Optimiser steps done. The data cursor, the schedule and every random number follow from it. */
  step: number;
  products: AdamProducts;
  /** Sum and number of the losses since the last row of metrics. */
  lossSum: number;
  lossSteps: number;
  /** The latest measured. */
  validationLoss: number | null;
  bestLoss: number;
  /** Weights of the best validation loss. */
  best: Readonly<Record<string, Tensor>> | null;
  readonly metrics: MetricsRow[];
}

/** Names in states of the arithmetic class that computed them: they continue only in the same. */
const BACKENDS: Readonly<Record<Arithmetic, string>> = {
  plain: "wasm-simd-f32",
  fma: "fma-f32",
};

/** The state before the first step. */
export function startState(): RunningState {
  return {
    step: 0,
    products: { power1: 1, power2: 1 },
    lossSum: 0,
    lossSteps: 0,
    validationLoss: null,
    bestLoss: Infinity,
    best: null,
    metrics: [],
  };
}

/** A copy of everything, as checkpoints hold it. */
export function packState(
  state: RunningState,
  session: TrainingSession,
  { constants, configDigest, arithmetic }: {
    readonly constants: Readonly<Record<string, Tensor>>;
    readonly configDigest: string;
    readonly arithmetic: Arithmetic;
  },
): TrainingState {
  const { step, products, lossSum, lossSteps, validationLoss, bestLoss, best, metrics } = state;
  return {
    step,
    tensors: {
      ...session.weights("weights/"),
      ...session.moments(),
      ...prefixed("constants/", constants),
      ...prefixed("best/", best ?? {}),
      ...session.average("average/"),
    },
    state: {
      backend: BACKENDS[arithmetic],
      configDigest,
      power1: products.power1,
      power2: products.power2,
      lossSum,
      lossSteps,
      validationLoss,
      bestLoss: best === null ? null : bestLoss, // JSON has no infinity
      metrics: metrics.map((row) => ({ ...row })),
    },
  };
}

/** The part of a state that {@linkcode packState} keeps as JSON. */
interface PackedState {
  readonly backend: string;
  readonly configDigest: string;
  readonly power1: number;
  readonly power2: number;
  readonly lossSum: number;
  readonly lossSteps: number;
  readonly validationLoss: number | null;
  readonly bestLoss: number | null;
  readonly metrics: readonly MetricsRow[];
}

/**
 * Returns the arithmetic class in which a state continues.
 *
 * @param wanted Class asked for; that of the state where it is absent
 * @throws {InvalidInputError} If the state is of another class
 */
export function arithmeticOf({ step, state }: TrainingState, wanted?: Arithmetic): Arithmetic {
  const { backend } = readPacked(state);
  const found = ARITHMETICS.find((arithmetic) => BACKENDS[arithmetic] === backend);
  if (found !== undefined && (wanted ?? found) === found) return found;
  throw new InvalidInputError({
    action: `resume training at step ${step}`,
    expected: `arithmetic of class ${wanted ?? ARITHMETICS.join(" or ")}`,
    found: found ?? `"${backend}"`,
    remedy: "go on in its own class, remove the checkpoints of this stage, or begin from " +
      "its policy with initFrom",
  });
}

/**
 * Takes a packed state up again.
 *
 * @throws {InvalidInputError} If it is of another configuration
 */
export function unpackState(
  { step, state, tensors }: TrainingState,
  configDigest: string,
): RunningState {
  const packed = readPacked(state);
  if (packed.configDigest !== configDigest) {
    throw new InvalidInputError({
      action: `resume training at step ${step}`,
      expected: `configuration ${configDigest}`,
      found: packed.configDigest,
      remedy: "remove the checkpoints of this stage, or begin from its policy with initFrom",
    });
  }
  return {
    step,
    products: { power1: packed.power1, power2: packed.power2 },
    lossSum: packed.lossSum,
    lossSteps: packed.lossSteps,
    validationLoss: packed.validationLoss,
    bestLoss: packed.bestLoss ?? Infinity,
    best: packed.bestLoss === null ? null : withPrefix("best/", tensors),
    metrics: [...packed.metrics],
  };
}

function readPacked(state: JsonValue): PackedState {
  // packState() wrote it, and the store verified its bytes.
  return state as unknown as PackedState;
}

function withPrefix(
  prefix: string,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

function prefixed(
  prefix: string,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      prefix + name,
      { shape: tensor.shape, data: tensor.data.slice() },
    ]),
  );
}
