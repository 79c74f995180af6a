import type { JsonValue } from "../core/canonical.ts";

/** A run by its place: `runs/<pipeline>/<0001>`. */
export interface RunLocation {
  readonly pipeline: string;
  readonly run: number;
  /** Relative to the data root. */
  readonly directory: string;
}

/**
 * Opens the next numbered run directory of a pipeline and lets `latest` point to it.
 *
 * @param owner What opens it, e.g. `<workflowId>/<firstExecutionRunId>`: the same owner gets the
 * same directory again
 */
export function openRunDirectory(
  _root: string,
  _pipeline: string,
  _options: { readonly owner: string },
): Promise<RunLocation> {
  throw new Error("not built yet");
}

/** Links `stages/<name>` of a run to a stage's output. @param target Relative to the data root */
export function linkStage(
  _root: string,
  _run: RunLocation,
  _stage: { readonly name: string; readonly target: string },
): Promise<void> {
  throw new Error("not built yet");
}

/** Writes `run.json` of a run. @param directory Relative to the data root */
export function writeRun(_root: string, _directory: string, _summary: JsonValue): Promise<void> {
  throw new Error("not built yet");
}

/** The `run.json` of a run, null where it has not ended. @param directory Relative to the root */
export function readRun(_root: string, _directory: string): Promise<JsonValue | null> {
  throw new Error("not built yet");
}

/** All runs, or those of a pipeline, by name and number. */
export function listRuns(_root: string, _pipeline?: string): Promise<readonly RunLocation[]> {
  throw new Error("not built yet");
}

/**
 * The run that a person means: `reach-expert`, `reach-expert/latest`, `reach-expert/7`, `…/0007`, or
 * a path to a run directory.
 *
 * @throws {InvalidInputError} If there is no such run
 */
export function resolveRun(_root: string, _text: string): Promise<RunLocation> {
  throw new Error("not built yet");
}

/** A stage output that a person means. */
export interface ResolvedOutput {
  /** Absolute; holds `commit.json`. */
  readonly directory: string;
  /** Relative to the data root, null where it lies elsewhere. */
  readonly path: string | null;
  readonly digest: string;
  /** The run it was found through, null where a path was given. */
  readonly run: RunLocation | null;
}

/**
 * The committed output of a kind that a person means: a run as in {@linkcode resolveRun} (its stage
 * of that kind; `merge` or `train` by name where there are several), `reach-expert/7/<stage>`, or a
 * path to the output.
 *
 * @throws {InvalidInputError} If there is none, or it is not clear which
 */
export function resolveOutput(
  _root: string,
  _text: string,
  _kind: "merge" | "train",
): Promise<ResolvedOutput> {
  throw new Error("not built yet");
}
