import type { JsonValue } from "../../core/canonical.ts";
import type { ExternalInput, StageCommand } from "../plan.ts";

/** Options of an environment in a declaration, by name. */
export type EnvironmentOptions = Readonly<Record<string, string | boolean>>;

/** Facts about a registered environment that the compiler needs. */
export interface EnvironmentFacts {
  readonly codeVersion: number;
  readonly engine: { readonly name: string; readonly version: string };
  readonly policies: readonly string[];
  /** Those of them that modules register: only stages that use one depend on its code. */
  readonly ownPolicies?: Readonly<
    Record<string, { readonly codeVersion: number; readonly codeDigest?: string }>
  >;
  /** Control steps that an episode has at most. */
  readonly maxSteps: number;
  /**
   * Names that `randomize` can use. One without a range is drawn in another way, e.g. a direction.
   */
  readonly randomization: readonly {
    readonly name: string;
    readonly range?: readonly [low: number, high: number];
    /** The widest range that a declaration may give. */
    readonly bounds?: readonly [low: number, high: number];
  }[];
  /** Names that `filter.limits` may set. */
  readonly limits: readonly string[];
  /**
   * Fills in the declaration's options of the environment with its defaults, and returns the facts
   * that they change; absent if it has no options.
   *
   * @throws {InvalidInputError} If there is no such option, or not with that value
   */
  configure?(options: EnvironmentOptions): {
    readonly options: EnvironmentOptions;
    readonly facts: Partial<EnvironmentFacts>;
  };
  /** Cameras that a declaration may name; the first is the one of images. */
  readonly views: readonly string[];
  /** Whether it has cameras anywhere, depth and segmentation. */
  readonly isSpatial: boolean;
  /** Bytes of one row of every step column, uncompressed. */
  readonly stepBytes: number;
  /** Numbers of one observation and of one action. */
  readonly observationSize: number;
  readonly actionSize: number;
  /** Digest of code outside Sluice: only it tells two versions of that code apart. */
  readonly codeDigest?: string;
}

/**
 * Returns the facts about an environment with the options of a stage.
 *
 * @throws {InvalidInputError} If there is no such option, or not with that value
 */
export function chosenFacts(
  facts: EnvironmentFacts,
  options: EnvironmentOptions = {},
): EnvironmentFacts {
  return { ...facts, ...facts.configure?.(options).facts };
}

/** Facts about a registered model that the compiler needs. */
export interface ModelFacts {
  readonly codeVersion: number;
  /** Class of arithmetic in which it is trained: another gives other bytes. */
  readonly arithmetic: string;
  /** Roles that other models can have in its score; absent if it is a policy. */
  readonly roles?: readonly string[];
  /** See {@linkcode EnvironmentFacts.codeDigest}. */
  readonly codeDigest?: string;
  /**
   * Hyperparameters with the model's defaults filled in.
   *
   * @throws {InvalidInputError} If one is unknown to the model or out of its range
   */
  resolve(
    hyperparameters: Readonly<Record<string, JsonValue>>,
  ): Readonly<Record<string, JsonValue>>;
  /**
   * The hyperparameter that is a number of steps within an episode, such as the length of a chunk;
   * absent if none is.
   */
  readonly window?: string;
}

/** Facts about a registered command that the compiler needs. */
export interface CommandFacts {
  /** Role of the command: a policy, or the program of the stages of a kind of its name. */
  readonly role: "policy" | "stage";
  /** Environments in which a policy acts; all if absent. */
  readonly environments?: readonly string[];
  /** Cameras whose images a policy sees, as a stage declares them; none if absent. */
  readonly cameras?: unknown;
  /** Whether a policy's arguments ask for the output of a stage. */
  readonly takesInput?: boolean;
  /**
   * Returns the digest of its code; called only for commands that a declaration names.
   *
   * @throws {InvalidInputError} If a declared file is not there
   */
  identify(): StageCommand;
}

/** A dataset or policy in the data root, as `resolveExternal` finds it. */
export interface ResolvedExternal {
  /** Relative to the data root. */
  readonly path: string;
  readonly digest: string;
  /** Environment that it was made in, where it says so. */
  readonly environment?: string;
  /** Chosen options of that environment. */
  readonly options?: EnvironmentOptions;
  /** See {@linkcode ExternalInput.runtime}. */
  readonly runtime?: string;
  /** See {@linkcode ExternalInput.description}. */
  readonly description?: string;
  /** Numbers that a policy reads and gives; absent if it does not say. */
  readonly observationSize?: number;
  readonly actionSize?: number;
}

/** Everything other than the declaration that a plan depends on; made by the composition root. */
export interface CompileContext {
  /** Versions that keys name: `deno`, `codec`. Those of engines come with the environments. */
  readonly versions: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, EnvironmentFacts>>;
  readonly models: Readonly<Record<string, ModelFacts>>;
  /** Programs that modules or the command line registered; absent if there are none. */
  readonly commands?: Readonly<Record<string, CommandFacts>>;
  /** Digests of the code of kinds that modules registered, by kind; absent if there are none. */
  readonly kindDigests?: Readonly<Record<string, string>>;
  /** Code versions by stage kind. */
  readonly stageCodeVersions: Readonly<Record<string, number>>;
  /** @throws {InvalidInputError} If nothing committed lies there */
  resolveExternal(path: string, parameter: ExternalInput["parameter"]): ResolvedExternal;
}

/** Registered things that the compiler needs to know. */
export type Registered = Pick<CompileContext, "environments" | "models" | "commands">;
