import type { JsonValue } from "../core/canonical.ts";
import type { PipelineDeclaration } from "./graph.ts";
import type { ExternalInput, PipelinePlan, StageKind } from "./plan.ts";

/** What the compiler needs to know of a registered environment. */
export interface EnvironmentFacts {
  readonly codeVersion: number;
  readonly engine: { readonly name: string; readonly version: string };
  readonly policies: readonly string[];
  /** Control steps that an episode has at most. */
  readonly maxSteps: number;
  /** Names that `randomize` may give ranges for. */
  readonly randomization: readonly string[];
  /** Names that `filter.limits` may set. */
  readonly limits: readonly string[];
  /** Bytes of one row of every step column, uncompressed. */
  readonly stepBytes: number;
}

/** What the compiler needs to know of a registered model. */
export interface ModelFacts {
  readonly codeVersion: number;
  /** Defaults of `train`'s parameters; names that `train` does not have are the model's options. */
  readonly defaults: Readonly<Record<string, JsonValue>>;
}

/** A dataset or policy in the data root, as `resolveExternal` finds it. */
export interface ResolvedExternal {
  /** Relative to the data root. */
  readonly path: string;
  readonly digest: string;
  /** Environment that it was made in, where it says so. */
  readonly environment?: string;
}

/** Everything beside the declaration that a plan depends on; made by the composition root. */
export interface CompileContext {
  /** Versions that keys name: `deno`, `codec`. Those of engines come with the environments. */
  readonly versions: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, EnvironmentFacts>>;
  readonly models: Readonly<Record<string, ModelFacts>>;
  readonly stageCodeVersions: Readonly<Record<StageKind, number>>;
  /** @throws {InvalidInputError} If nothing committed lies there */
  resolveExternal(path: string, parameter: ExternalInput["parameter"]): ResolvedExternal;
}

/**
 * Resolves a declaration: checks it, fills in every default, orders the stages and computes every
 * identity (`docs/identity.md`).
 *
 * @throws {InvalidInputError} If a check fails; the message names every finding
 */
export function compilePipeline(
  _declaration: PipelineDeclaration,
  _context: CompileContext,
): PipelinePlan {
  throw new Error("Cannot compile: not there yet");
}
