import { isRecord, showValue } from "../../core/findings.ts";
import { errorOf, type Finding } from "../findings.ts";
import { json } from "../kinds/shared_fields.ts";
import { factorSchema, type LevelParameters } from "../variants/matrix_schema.ts";
import type { PipelineDeclaration } from "./graph.ts";

/** A factor as a declaration holds it. */
type Factor = readonly (string | number | boolean)[] | Readonly<Record<string, LevelParameters>>;

/** Levels that a range may stand for; a matrix has fewer. */
const LONGEST_RANGE = 4096;

/** A factor of a stage from a command line. */
export interface FactorAssignment {
  readonly stage: string;
  readonly factor: string;
  readonly levels: Factor;
}

/**
 * Reads what follows `--matrix`: `train.lr=1e-4,3e-4`, `train.seed=1..5`, or levels as JSON.
 *
 * @throws {InvalidInputError} If it is none of it
 */
export function readFactorAssignment(text: string, pipeline: string): FactorAssignment {
  const [, stage, factor, levels] = /^([^.=[\]]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
  if (stage === undefined || factor === undefined || levels === undefined) {
    throw refused(pipeline, {
      problem: `expected --matrix stage.parameter=levels, found "${text}"`,
      remedy: "e.g. --matrix train.lr=1e-4,3e-4 or --matrix train.seed=1..5",
    });
  }
  const { success, data } = factorSchema.safeParse(levelsOf(levels.trim()));
  if (success) return { stage, factor, levels: data };
  throw refused(pipeline, {
    problem: `expected levels of ${stage}.${factor}, found ${showValue(levels)}`,
    remedy: "e.g. 1,2,3 or 1..3, or named ones as JSON",
  });
}

function refused(pipeline: string, parts: Pick<Finding, "problem" | "remedy">) {
  return errorOf(pipeline, [{ check: "syntax", path: [], ...parts }]);
}

function levelsOf(text: string): unknown {
  if (/^[[{]/.test(text)) return jsonOf(text);
  const levels: unknown[] = [];
  for (const part of text.split(",")) {
    if (part !== "") levels.push(...rangeOf(part) ?? [jsonOf(part)]);
  }
  return levels;
}

/** `1..5`, both ends among them; null for anything else. */
function rangeOf(text: string): readonly number[] | null {
  const [, first, last] = /^(-?\d{1,15})\.\.(-?\d{1,15})$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return null;
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > LONGEST_RANGE) return [];
  return Array.from({ length: count }, (_, at) => Number(first) + at);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A declaration with a factor in the matrix of a stage. */
export function withFactor(
  declaration: PipelineDeclaration,
  { stage: name, factor, levels }: FactorAssignment,
): PipelineDeclaration {
  const stage = declaration.stages[name]!; // whoever calls has found it
  const matrix = { ...stage.matrix, [factor]: levels };
  return { ...declaration, stages: { ...declaration.stages, [name]: { ...stage, matrix } } };
}

/** A declaration with a parameter of single variants set. */
export function withVariantParameter(
  declaration: PipelineDeclaration,
  variant: string,
  { parameter, value }: { readonly parameter: string; readonly value: unknown },
): PipelineDeclaration {
  const { variants = {} } = declaration;
  const parameters = { ...variants[variant], [parameter]: json.parse(value) };
  return { ...declaration, variants: { ...variants, [variant]: parameters } };
}

/** Whether the matrix of a stage varies a parameter, so that a value of its own would count nothing. */
export function isFactor(
  { matrix }: { readonly matrix?: object },
  parameter: string,
): boolean {
  if (!isRecord(matrix)) return false;
  return Object.entries(matrix).some(([factor, levels]) =>
    Array.isArray(levels) ? factor === parameter : isRecord(levels) &&
      Object.values(levels).some((level) => isRecord(level) && Object.hasOwn(level, parameter))
  );
}
