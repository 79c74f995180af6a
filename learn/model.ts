import type { JsonValue } from "../core/canonical.ts";
import type { EpisodeSource, SavedPolicy, Tensor } from "../core/episode.ts";
import { describeIssue } from "../core/findings.ts";
import { InvalidInputError } from "../core/errors.ts";
import { suggestName, suggestRegistered } from "../core/suggest.ts";
import type { BatchSource } from "./training/batch_source.ts";
import type { OnnxGraph } from "./onnx/onnx_graph.ts";
import type { OptimizerSettings } from "./training/optimizer.ts";
import type { WeightSpec } from "./tape/parameters.ts";
import type { BatchPolicyFunction, PolicyFunction } from "./policy_function.ts";
import { objectSchema, type ParameterSchema, type ValueSchema } from "./schema.ts";
import type { Scoring } from "./scoring.ts";
import type { Tape } from "./tape/tape.ts";

/** Hyperparameters by name, JSON. */
export type ModelParameters = Readonly<Record<string, JsonValue>>;

/** Network to train: weights, and the loss that they enter. */
export interface Network {
  readonly weights: readonly WeightSpec[];
  /** Records the loss of a batch on inputs that the model's batches fill. */
  recordLoss(tape: Tape): void;
}

/** A model made ready for a dataset. */
export interface TrainingSetup {
  /** Architecture and what is read: `SavedPolicy.config`, and what `createNetwork` takes. */
  readonly config: JsonValue;
  /** Tensors of the policy that are not trained, such as its normalisation. */
  readonly constants: Readonly<Record<string, Tensor>>;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: OptimizerSettings;
  /** Weights that the policy takes. */
  readonly keep: "last" | "best";
  /**
   * Decay of a moving average of the weights, which then replaces the last ones; none if absent.
   */
  readonly average?: number;
  openBatches(seed: number, stream: string): Promise<BatchSource>;
  /** The rows on which the validation loss is measured, filled without `prepare`. */
  openValidation(): Promise<BatchSource>;
}

/** A family of models. A new one is a file that calls {@linkcode registerModel}. */
export interface ModelDefinition {
  readonly name: string;
  /** Raised whenever the same inputs train to other bytes. */
  readonly codeVersion: number;
  readonly description: string;
  /** Every hyperparameter with its default, range and description; strict. */
  readonly parameters: ParameterSchema;
  /**
   * The one of them that is a number of steps within an episode: declarations whose episodes are
   * shorter are refused before anything runs. Absent if none is.
   */
  readonly window?: string;
  /**
   * @param parameters As `resolveParameters()` returns them
   * @param initFrom Policy whose normalisation is kept
   * @throws {InvalidInputError} If the dataset or `initFrom` does not fit
   */
  prepare(
    source: EpisodeSource,
    parameters: ModelParameters,
    initFrom?: SavedPolicy,
  ): Promise<TrainingSetup>;
  createNetwork(config: JsonValue): Network;
  /** The forward pass as a function, absent if it is no policy. See `createPolicy()`. */
  createPolicy?(saved: SavedPolicy): PolicyFunction;
  /** The same in several episodes at once, to the same bits; absent if it acts in one at a time. */
  createBatchPolicy?(saved: SavedPolicy): BatchPolicyFunction;
  /** The forward pass as an ONNX graph, absent if it is no policy. See `exportOnnx()`. */
  describeOnnx?(saved: SavedPolicy): OnnxGraph;
  /** Scoring of its predictions, absent if it is a policy. */
  readonly scoring?: Scoring;
}

/** A model that acts. */
export type PolicyModel =
  & ModelDefinition
  & Required<Pick<ModelDefinition, "createPolicy" | "describeOnnx">>;

/** Whether a trained model maps observations to actions, as a policy does. */
export function isPolicyModel(definition: ModelDefinition): definition is PolicyModel {
  return definition.createPolicy !== undefined && definition.describeOnnx !== undefined;
}

/** @throws {InvalidInputError} If there is no such model or it is no policy */
export function getPolicyModel(name: string): PolicyModel {
  const definition = getModel(name);
  if (isPolicyModel(definition)) return definition;
  throw new InvalidInputError({
    action: "run model",
    place: name,
    expected: "a policy",
    found: definition.description,
    remedy: "a stage of kind score measures its predictions",
  });
}

const MODELS = new Map<string, ModelDefinition>();

/**
 * Makes a model known by its name, in this process: one that does not come with Sluice is registered
 * by a module that workers load too. `docs/extending.md` shows a whole one.
 *
 * @throws {TypeError} If the name is taken, or its parameters are no object schema of zod 4
 */
export function registerModel(definition: ModelDefinition): void {
  const { name } = definition;
  objectSchema(definition.parameters);
  if (MODELS.has(name)) {
    throw new TypeError(`Cannot register model "${name}": expected a new name, found one in use`);
  }
  MODELS.set(name, definition);
}

/** @throws {InvalidInputError} If there is no such model; the message lists those there are */
export function getModel(name: string): ModelDefinition {
  const definition = MODELS.get(name);
  if (definition === undefined) {
    throw new InvalidInputError({
      action: "find model",
      place: name,
      expected: "a registered model",
      found: "none of that name",
      remedy: suggestRegistered(name, [...MODELS.keys()]),
    });
  }
  return definition;
}

/** Every registered model, in order of registration. */
export function listModels(): readonly ModelDefinition[] {
  return [...MODELS.values()];
}

/** Hyperparameters of a model with nothing declared. */
export function defaultParameters(definition: ModelDefinition): ModelParameters {
  return resolveParameters(definition, {});
}

/**
 * Hyperparameters with defaults filled in. What names no parameter of the model is refused.
 *
 * @throws {InvalidInputError} If one is unknown or out of range; the message names it
 */
export function resolveParameters(
  definition: ModelDefinition,
  parameters: ModelParameters,
): ModelParameters {
  const schema = objectSchema(definition.parameters), known = Object.keys(schema.shape);
  for (const name of Object.keys(parameters)) {
    if (known.includes(name)) continue;
    throw new InvalidInputError({
      action: "train",
      place: definition.name,
      expected: "its parameters",
      found: `"${name}"`,
      remedy: suggestName(name, known),
    });
  }
  const result = schema.safeParse(parameters);
  if (!result.success) {
    const issue = result.error.issues[0]!; // there is one where it does not succeed
    const [finding] = describeIssue(schema, issue, parameters);
    const { problem, remedy } = finding!;
    const action = `train "${definition.name}" with ${String(issue.path[0])}`;
    throw new InvalidInputError({ action, problem, remedy });
  }
  return result.data as ModelParameters; // parameters are declared as JSON, see ModelDefinition
}

/**
 * Reads `SavedPolicy.config` by a model's schema.
 *
 * @throws {InvalidInputError} If it does not fit
 */
export function parseConfig<Output>(
  model: string,
  schema: ValueSchema<Output>,
  config: JsonValue,
): Output {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  throw new InvalidInputError({
    action: `read the configuration of a "${model}" policy`,
    problem: result.error.issues.map(({ path, message }) =>
      `${path.map(String).join(".")}: ${message}`
    )
      .join("; "),
  });
}
