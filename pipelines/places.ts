import { shortKey } from "../core/canonical.ts";
import type { StagePlan } from "./plan.ts";

/**
 * Names, and the places that are made of them: relative to the data root or, where a rerun puts its
 * stages, to the directory of that.
 */

/** Pattern of the names of stages, pipelines and registered things; names become directories. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;

/** A stage of a plan: a name, with the factors of a variant, `train[lr=0.0001,seed=2]`. */
export const STAGE_NAME_PATTERN =
  /^[a-z][a-z0-9_-]{0,62}(?:\[[A-Za-z][\w.-]*=[^,=[\]/\\\p{C}]+(?:,[A-Za-z][\w.-]*=[^,=[\]/\\\p{C}]+)*\])?$/u;

/** Whether a path stays below where it begins, on any system: no `..`, no root, no drive, no URL. */
export function isRelativePlace(text: string): boolean {
  // deno-lint-ignore no-control-regex -- a NUL or newline in a path is never meant
  if (/^[/\\~]|^[a-zA-Z]:|[\x00-\x1f\\]|:\/\//.test(text)) return false;
  return !text.split("/").includes("..");
}

/** Directory of a stage, `stages/<kind>-<key12>`. */
export function stageDirectory(kind: string, key: string): string {
  return `stages/${kind}-${shortKey(key)}`;
}

/**
 * Directory of the `commit.json` of a stage: its own or, where a chain decides how far the stage
 * goes, `<directory>/manifests/<manifestKey12>`.
 */
export function commitDirectory(
  { kind, key, manifestKey, chain }: Pick<StagePlan, "kind" | "key" | "manifestKey" | "chain">,
): string {
  const directory = stageDirectory(kind, key);
  return chain === undefined ? directory : `${directory}/manifests/${shortKey(manifestKey)}`;
}

/** The run of a directory `runs/<pipeline>/<0001>`, null for any other. Larger numbers have more digits. */
export function runAt(
  place: string,
): { readonly pipeline: string; readonly run: number } | null {
  const [, pipeline, run] = /^runs\/([a-z][a-z0-9_-]{0,62})\/(\d{4}|[1-9]\d{4,14})$/.exec(place) ??
    [];
  return pipeline === undefined ? null : { pipeline, run: Number(run) };
}

/** Directory below which a rerun puts its stages, `reruns/<pipeline>-<run>`. */
export function rerunPlace(pipeline: string, run: number): string {
  return `reruns/${pipeline}-${run}`;
}
