import type { JsonValue } from "../../core/canonical.ts";
import type { ExternalInput } from "../plan.ts";

/** What a declaration chooses of an environment, by name. */
export type EnvironmentOptions = Readonly<Record<string, string | boolean>>;

/** What the compiler needs to know of a registered environment. */
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
  /** What `randomize` may name. Without a range it is drawn otherwise, e.g. a direction. */
  readonly randomization: readonly {
    readonly name: string;
    readonly range?: readonly [low: number, high: number];
    /** The widest range that a declaration may give. */
    readonly bounds?: readonly [low: number, high: number];
  }[];
  /** Names that `filter.limits` may set. */
  readonly limits: readonly string[];
  /**
   * What a declaration chooses of the environment, with its own choices filled in, and the facts
   * that come of them in place of the others; absent if there is nothing to choose.
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
 * What the compiler knows of an environment as a stage has chosen it.
 *
 * @throws {InvalidInputError} If there is no such option, or not with that value
 */
export function chosenFacts(
  facts: EnvironmentFacts,
  options: EnvironmentOptions = {},
): EnvironmentFacts {
  return { ...facts, ...facts.configure?.(options).facts };
}

/** What the compiler needs to know of a registered model. */
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
}

/** A dataset or policy in the data root, as `resolveExternal` finds it. */
export interface ResolvedExternal {
  /** Relative to the data root. */
  readonly path: string;
  readonly digest: string;
  /** Environment that it was made in, where it says so. */
  readonly environment?: string;
  /** What was chosen of that environment. */
  readonly options?: EnvironmentOptions;
  /** See {@linkcode ExternalInput.runtime}. */
  readonly runtime?: string;
  /** Numbers that a policy reads and gives; absent if it does not say. */
  readonly observationSize?: number;
  readonly actionSize?: number;
}

/** Everything beside the declaration that a plan depends on; made by the composition root. */
export interface CompileContext {
  /** Versions that keys name: `deno`, `codec`. Those of engines come with the environments. */
  readonly versions: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, EnvironmentFacts>>;
  readonly models: Readonly<Record<string, ModelFacts>>;
  /** Digests of the code of kinds that modules registered, by kind; absent if there are none. */
  readonly kindDigests?: Readonly<Record<string, string>>;
  /** Code versions by stage kind. */
  readonly stageCodeVersions: Readonly<Record<string, number>>;
  /** @throws {InvalidInputError} If nothing committed lies there */
  resolveExternal(path: string, parameter: ExternalInput["parameter"]): ResolvedExternal;
}

/** What is registered, as far as the compiler needs to know. */
export type Registered = Pick<CompileContext, "environments" | "models">;
