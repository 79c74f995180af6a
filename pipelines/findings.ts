import type { InvalidInputError } from "../core/errors.ts";
import * as core from "../core/findings.ts";

/** Names of the checks that a declaration must pass. */
export type CheckName =
  | core.ShapeCheck
  | "syntax"
  | "duplicate-key"
  | "unknown-kind"
  | "empty-pipeline"
  | "too-many-stages"
  | "missing-input"
  | "unknown-input"
  | "duplicate-input"
  | "too-many-inputs"
  | "two-sources"
  | "wrong-input-kind"
  | "cycle"
  | "second-consumer"
  | "orphan"
  | "mixed-environments"
  | "unknown-environment"
  | "unknown-policy"
  | "unknown-command"
  | "wrong-size"
  | "unknown-model"
  | "unknown-option"
  | "unknown-factor"
  | "empty-matrix"
  | "too-many-variants"
  | "equal-variants";

/** One thing that is wrong with a declaration, and how to mend it. */
export type Finding = core.Finding<CheckName>;

/** Locates a path in the file of a declaration, e.g. `arm.yaml:12:5`. */
export type Locate = (path: Finding["path"]) => string;

/**
 * Makes the error that lists findings, one per line.
 *
 * @param subject Declaration that they are about, e.g. a pipeline's name
 * @param locate Absent for code
 */
export function errorOf(
  subject: string,
  findings: readonly Finding[],
  locate?: Locate,
): InvalidInputError {
  return core.findingsError({ what: "pipeline", name: subject, locate }, findings);
}
