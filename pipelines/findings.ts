import { InvalidInputError } from "../core/errors.ts";

/** Names of the checks that a declaration must pass. */
export type CheckName =
  | "syntax"
  | "duplicate-key"
  | "unknown-key"
  | "unknown-kind"
  | "wrong-type"
  | "wrong-value"
  | "out-of-range"
  | "bad-name"
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
  | "wrong-size"
  | "unknown-model"
  | "unknown-option";

/** One thing that is wrong with a declaration, and how to mend it. */
export interface Finding {
  readonly check: CheckName;
  /** Where, e.g. `["stages", "train", "steps"]`. */
  readonly path: readonly (string | number)[];
  readonly problem: string;
  readonly remedy: string;
}

/** Where a path stands in the file of a declaration, e.g. `arm.yaml:12:5`. */
export type Locate = (path: Finding["path"]) => string;

/** Findings beyond these are counted, not printed: the first ones usually cause the rest. */
const PRINTED = 5;

/**
 * The error that tells of findings, one a line.
 *
 * @param subject Declaration that they are about, e.g. a pipeline's name
 * @param locate Absent for code
 */
export function errorOf(
  subject: string,
  findings: readonly Finding[],
  locate?: Locate,
): InvalidInputError {
  const lines = findings.slice(0, PRINTED).map((finding) => {
    const place = finding.path.length === 0 ? "" : `${finding.path.join(".")}: `;
    return `${place}${finding.problem}: ${finding.remedy} [${finding.check}]`;
  });
  const [first, ...others] = lines.map((line, index) => {
    const where = locate ? locate(findings[index]!.path) : subject;
    return index === 0 ? `Cannot use pipeline "${where}": ${line}` : `  also ${where}: ${line}`;
  });
  const rest = findings.length - PRINTED;
  const more = rest > 0 ? [`  and ${rest} more`] : [];
  return new InvalidInputError([first, ...others, ...more].join("\n"));
}
