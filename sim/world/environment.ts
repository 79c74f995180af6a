import type { Engine } from "./engine.ts";
import type { EpisodeSchema, FieldSpec } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";
import type { EpisodeMetrics } from "./episode_metrics.ts";
import type { StabilityCheck } from "../episodes/stability_check.ts";
import type { RowValue, World, WorldOptions } from "./world.ts";

/**
 * What an environment is to the rest of the project. A new one is one file with an
 * {@linkcode EnvironmentDefinition} and its registration; a new engine is one file that worlds
 * build on, as `mujoco.ts`.
 */

/** Renders the current image of a camera, `[height, width, 3]` u8, for a policy that reads images. */
export type ReadImage = (camera: CameraSpec) => Uint8Array;

/**
 * Function that acts in a world.
 *
 * @param observation `[n]` the fields of `EnvironmentDefinition.observation`, concatenated
 * @param readImage Renders what a camera sees now; to be called before the policy answers
 * @returns `[m]` the action; the policy may overwrite it at its next call
 */
export interface PolicyFunction {
  (observation: Float32Array, readImage?: ReadImage): Float32Array;
  /** The plan of a policy that knows when it is done; absent for others. */
  readonly plan?: PolicyPlan;
  /** Begins an episode, of a policy that acts in many. @param random What it draws from in it */
  begin?(random: RandomGenerator): void;
  /** Returns the state of a policy with memory in the episode, as a new array. */
  snapshot?(): Float64Array;
  /** Returns to what {@linkcode snapshot} held, in an episode of the same candidate. */
  restore?(state: Float64Array): void;
}

/** A {@linkcode PolicyFunction} of a runtime that answers later, such as ONNX Runtime. */
export interface AsyncPolicyFunction
  extends Pick<PolicyFunction, "begin" | "snapshot" | "restore"> {
  (observation: Float32Array, readImage?: ReadImage): Promise<Float32Array>;
}

/** Plan of a policy for one episode, and the numbers that it drew. */
export interface PolicyPlan {
  /** Control steps after which the episode is cut, at least 1. */
  readonly steps: number;
  /** Returns the values of {@linkcode PolicyFields.state} after a number of steps. */
  stateAt(step: number): Readonly<Record<string, RowValue>>;
  /** Values of {@linkcode PolicyFields.episode}. */
  readonly episode: Readonly<Record<string, RowValue>>;
  /** Reason why nothing is worth doing: the episode counts as invalid. Absent if there is none. */
  readonly problem?: string;
}

/** The number of times that an episode may be tried, each with draws of its own. */
export interface Attempts {
  /** The largest number of attempts, at least 1. */
  readonly most: number;
  /** The condition that ends it: the episode succeeds, or is finite and has a valid plan. */
  readonly until: "success" | "valid";
}

/** Columns of the episodes of a policy with a {@linkcode PolicyPlan}. */
export interface PolicyFields {
  /** Fields of every state: a step column, and `final_<name>` for the state after the last step. */
  readonly state: readonly FieldSpec[];
  readonly episode: readonly FieldSpec[];
}

/** A physical or visual property that may vary from episode to episode. */
export interface RandomizationSpec {
  readonly name: string;
  readonly description: string;
  /**
   * Distribution of the draw: every component uniform in a range, or a direction uniform on the
   * unit sphere, which has no range.
   */
  readonly distribution: "uniform" | "sphere";
  /** Shape of one draw; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** Range unless the declaration gives another; absent for `sphere`. */
  readonly range?: readonly [low: number, high: number];
  /** The widest range that a declaration may give. */
  readonly bounds?: readonly [low: number, high: number];
  readonly unit?: string;
  /** Whether `randomize: true` includes it. */
  readonly default: boolean;
}

/** Reward and end of one step. */
export interface Outcome {
  readonly reward: number;
  /** The task is over, by the environment's own rule. */
  readonly terminated: boolean;
  /** The episode counts as solved if it ends here. */
  readonly success: boolean;
}

/**
 * The reward and termination function of one episode. It depends on what is stored alone, so that
 * validation can recompute it, and is called once per step, in order.
 *
 * @param observation `[n]` after the step
 * @param action `[m]` as applied
 */
export type OutcomeFunction = (observation: Float32Array, action: Float32Array) => Outcome;

/** Options of a stage that change the columns. */
export interface SchemaOptions {
  /** `true` for the environment's default properties, or by name: a range, or true for its own. */
  readonly randomize?: Randomize;
  /** Standard deviation of noise on the action; above 0 the columns have `action_label`. */
  readonly actionNoise?: number;
  /** The policy that labels every state, where that is not the one that acts: `action_label`. */
  readonly labels?: string | undefined;
  /** The policy; one with a plan has columns of its own. */
  readonly policy?: string;
  /** Cameras, whose images are step columns. */
  readonly cameras?: readonly CameraSpec[] | undefined;
  /** Attempts of an episode, where it may be tried again; the columns then have `attempt`. */
  readonly attempts?: Attempts | undefined;
}

/** The domain randomization of a declaration; see `EnvironmentDefinition.randomization`. */
export type Randomize =
  | boolean
  | Readonly<Record<string, boolean | readonly [low: number, high: number]>>;

/** A number or some that follow from a state, which a viewer plots. */
export interface Quantity {
  readonly name: string;
  readonly description: string;
  readonly unit?: string;
  /** Names of its components; one without a name if absent. */
  readonly components?: readonly string[];
  /** @param observation `[n]` */
  of(observation: Float32Array): readonly number[];
}

/** An environment: constants, spaces, rules, and how to make a world of it. */
export interface EnvironmentDefinition {
  readonly name: string;
  readonly description: string;
  /** Version, to be raised whenever the same candidate gives other bytes. */
  readonly codeVersion: number;
  readonly engine: Engine;
  /** Control steps per second. */
  readonly controlHz: number;
  /** Seconds of one physics step; a whole number of them is one control period. */
  readonly physicsTimestep: number;
  /** Control steps after which an episode is truncated. */
  readonly maxSteps: number;
  /** Fields in the order in which a policy gets them. */
  readonly observation: readonly FieldSpec[];
  readonly action: FieldSpec;
  /**
   * Fields recorded in addition to observations: `reset_info/<name>`, and `info/<name>` after a
   * step.
   */
  readonly info?: readonly FieldSpec[];
  /** Quantities that viewers plot in addition to the recorded ones, the most important first. */
  readonly quantities?: readonly Quantity[];
  /** Fields of policies with a plan, by name of the policy. */
  readonly policyFields?: Readonly<Record<string, PolicyFields>>;
  /** Length of {@linkcode World.snapshot}. */
  readonly stateSize: number;
  /**
   * Worlds that step together under a trained policy, which then answers all of them at once, at
   * least 1: for an environment whose worlds are made and stepped in little time beside a forward
   * pass. 1 if absent.
   */
  readonly worldsTogether?: number;
  /**
   * Policies that {@linkcode EnvironmentDefinition.createPolicy} knows; `random` and `scripted` are
   * expected of every environment.
   */
  readonly policies: readonly string[];
  /** The one of them whose episodes the command `generate` makes; `scripted` if absent. */
  readonly demonstrator?: string;
  readonly randomization: readonly RandomizationSpec[];
  /**
   * Cameras of its scene, by the names that a declaration may give as `view`, the one of images
   * first: where its worlds have `capture()`, and so cameras anywhere, depth and segmentation.
   */
  readonly cameras?: readonly string[];
  /** Absent if there is nothing to choose. */
  readonly options?: readonly EnvironmentOption[];
  /** The options that this definition was made with. */
  readonly chosen?: EnvironmentOptions;
  /**
   * The same environment with its options set; {@linkcode getEnvironment} checks them and fills in
   * the others.
   */
  withOptions?(options: EnvironmentOptions): EnvironmentDefinition;
  /** Default limits of the stability checks, by the name under which a declaration sets them. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** Checks of validation beyond finite, complete and consistent columns, in this order. */
  readonly consistency?: readonly StabilityCheck[];
  /**
   * Whether {@linkcode stability} names episodes whose last state is not finite: validation then
   * leaves them to it.
   */
  readonly namesDivergence?: boolean;
  /** Stability checks in the order in which they run; the first that fails names the reason. */
  readonly stability: readonly StabilityCheck[];
  /** Metrics of an evaluation in addition to success and return; absent if there are none. */
  readonly metrics?: EpisodeMetrics;
  /** The columns of its episodes. */
  schema(options?: SchemaOptions): EpisodeSchema;
  /** @throws {RangeError} If the physics timestep does not divide the control period */
  create(options?: WorldOptions): Promise<World>;
  /**
   * A policy for one episode that begins.
   *
   * @param random Generator of the policy's own draws
   * @throws {InvalidInputError} If there is no policy of the name
   */
  createPolicy(name: string, world: World, random: RandomGenerator): PolicyFunction;
  /** Makes the reward and termination function of one episode that begins. */
  createOutcomeFunction(): OutcomeFunction;
  /**
   * Returns the path that the policy of a stored episode planned, see {@linkcode
   * ImageOptions.path}.
   */
  pathOf?(episode: EpisodeView): ArrayLike<number> | null;
}

/** An option of an environment that a declaration may choose, e.g. its engine. */
export interface EnvironmentOption {
  readonly name: string;
  readonly description: string;
  /** Names to choose from; if there are none, true or false. */
  readonly values?: readonly string[];
  /** Whether any text is allowed, instead of or in addition to names: `withOptions` checks it. */
  readonly text?: true;
  readonly default: string | boolean;
}

/** Options of an environment, by name. */
export type EnvironmentOptions = Readonly<Record<string, string | boolean>>;

/** A number that a stability check compares with. */
export interface Limit {
  readonly value: number;
  readonly unit?: string;
  readonly description: string;
}
