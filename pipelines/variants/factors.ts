import type { z } from "zod";
import { isRecord, showValue } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import type { JsonValue } from "../../core/canonical.ts";
import type { Finding } from "../findings.ts";
import { entriesSchema, factorSchema, type Level, type MatrixEntry } from "./matrix_schema.ts";
import { FACTOR_PATTERN, LEVEL_PATTERN, levelText } from "./variant_name.ts";

type Path = Finding["path"];

/** Value that a level assigns to one parameter. */
export interface Assignment {
  /** Path of the parameter in its stage, `lr` or `options.beta`. */
  readonly parameter: string;
  readonly value: JsonValue;
  /** Path of the level in the declaration. */
  readonly origin: Path;
}

/** One level of a factor. */
export interface FactorLevel {
  readonly text: string;
  readonly assignments: readonly Assignment[];
}

/** Factor with its levels by their text. */
export interface Factor {
  readonly name: string;
  readonly levels: ReadonlyMap<string, FactorLevel>;
  /** Whether its levels are named, so that there are no others. */
  readonly isLabel: boolean;
}

/** A matrix as it was read. */
export interface ReadMatrix {
  readonly factors: readonly Factor[];
  readonly include: readonly MatrixEntry[];
  readonly exclude: readonly MatrixEntry[];
  readonly findings: readonly Finding[];
}

/** Fields of a matrix that are no factors. */
const ENTRIES = ["include", "exclude"] as const;

/**
 * Reads the matrix of a stage.
 *
 * @param path Where it stands
 * @param parameters What a stage of that kind has to vary
 */
export function readMatrix(
  matrix: unknown,
  path: Path,
  parameters: readonly string[],
): ReadMatrix {
  if (!isRecord(matrix)) {
    const findings = [wrong(path, "expected factors with their levels", matrix)];
    return { factors: [], include: [], exclude: [], findings };
  }
  const lists = ENTRIES.map((name) => readEntries(matrix[name], [...path, name]));
  const named = Object.entries(matrix).filter(([name]) => !ENTRIES.some((other) => other === name));
  const read = named.map(([name, value]) => readFactor(name, value, { path, parameters }));
  const factors = read.flatMap(({ factor }) => factor ?? []);
  const findings = [...read.flatMap(({ findings }) => findings), ...findClashes(factors, path)];
  const [include, exclude] = lists;
  return {
    factors,
    include: include!.entries, // one of each of ENTRIES
    exclude: exclude!.entries,
    findings: [...findings, ...lists.flatMap(({ findings }) => findings)],
  };
}

function readEntries(value: unknown, path: Path) {
  if (value === undefined) return { entries: [], findings: [] };
  const { success, data } = entriesSchema.safeParse(value);
  if (success) return { entries: data, findings: [] };
  const expected = "expected a list of at most 512 entries, each with levels by factor";
  return { entries: [], findings: [wrong(path, expected, value)] };
}

interface FactorSite {
  readonly path: Path;
  readonly parameters: readonly string[];
}

/** A factor that can be used, or what is wrong with it. */
interface FactorRead {
  readonly factor?: Factor;
  readonly findings: readonly Finding[];
}

/** The factor of a name, from a list of levels or named ones. */
export function readFactor(name: string, value: unknown, site: FactorSite): FactorRead {
  const path = [...site.path, name];
  if (!FACTOR_PATTERN.test(name)) {
    const problem = "expected the path of a parameter, or a label of letters, digits, _ and -";
    return { findings: [{ check: "bad-name", path, problem, remedy: "rename it" }] };
  }
  if (isEmpty(value)) {
    const problem = `factor "${name}" has no levels`, remedy = "list at least one, or remove it";
    return { findings: [{ check: "empty-matrix", path, problem, remedy }] };
  }
  const { success, data, error } = factorSchema.safeParse(value);
  if (!success) return { findings: [wrong(path, messageOf(error), value)] };
  const levels = Array.isArray(data)
    ? data.map((level, at) => listed(name, level, [...path, at]))
    : Object.entries(data).map(([level, values]) => labelled(level, values, [...path, level]));
  const isLabel = !Array.isArray(data);
  const findings = [
    ...checkParameters(levels, site),
    ...checkTexts(levels, path),
  ];
  if (findings.length > 0) return { findings };
  return { factor: { name, isLabel, levels: byText(levels) }, findings: [] };
}

function listed(parameter: string, level: Level, origin: Path): FactorLevel {
  return { text: levelText(level), assignments: [{ parameter, value: level, origin }] };
}

/** A level of a factor without a name, from an entry that is included. */
export function includedLevel(parameter: string, level: Level, origin: Path): FactorLevel {
  return listed(parameter, level, origin);
}

function labelled(
  text: string,
  values: Readonly<Record<string, JsonValue>>,
  origin: Path,
): FactorLevel {
  const assignments = Object.entries(values).map(([parameter, value]) => ({
    parameter,
    value,
    origin: [...origin, parameter],
  }));
  return { text, assignments };
}

function byText(levels: readonly FactorLevel[]): ReadonlyMap<string, FactorLevel> {
  return new Map(levels.map((level) => [level.text, level]));
}

/** Checks that the parameters set by levels exist in the stage. */
export function checkParameters(
  levels: readonly FactorLevel[],
  { parameters }: FactorSite,
): readonly Finding[] {
  const unknown = new Map<string, Finding>();
  for (const { parameter, origin } of levels.flatMap(({ assignments }) => assignments)) {
    const [head = ""] = parameter.split(".");
    if (parameters.includes(head) || unknown.has(head)) continue;
    unknown.set(head, {
      check: "unknown-factor",
      // Of a list, the factor itself is what is wrong.
      path: typeof origin.at(-1) === "number" ? origin.slice(0, -1) : origin,
      problem: `the stage has no parameter "${head}" to vary`,
      remedy: suggestName(head, parameters),
    });
  }
  return [...unknown.values()];
}

/** Levels become parts of names: they must fit in there, and differ. */
export function checkTexts(levels: readonly FactorLevel[], path: Path): readonly Finding[] {
  const bad = levels.filter(({ text }) => !LEVEL_PATTERN.test(text)).map(({ text }) => ({
    check: "bad-name" as const,
    path,
    problem: `the level ${showValue(text)} cannot be part of a name`,
    remedy: "give it one: a label with named levels, without , = [ ] / and \\",
  }));
  const texts = levels.map(({ text }) => text);
  const twice = new Set(texts.filter((text, at) => texts.indexOf(text) < at));
  const equal = [...twice].map((text) => ({
    check: "equal-variants" as const,
    path,
    problem: `the level ${text} is listed more than once`,
    remedy: "list it once",
  }));
  return [...bad, ...equal];
}

/** Two factors that set one parameter would leave open which of them holds. */
function findClashes(factors: readonly Factor[], path: Path): readonly Finding[] {
  const owners = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { name, levels } of factors) {
    const assigned = [...levels.values()].flatMap(({ assignments }) => assignments);
    for (const parameter of new Set(assigned.map(({ parameter }) => parameter))) {
      const other = owners.get(parameter);
      owners.set(parameter, name);
      if (other === undefined) continue;
      findings.push({
        check: "wrong-value",
        path: [...path, name],
        problem: `both "${other}" and "${name}" set ${parameter}`,
        remedy: "let one factor set it",
      });
    }
  }
  return findings;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function messageOf(error: z.ZodError): string {
  return error.issues[0]?.message ?? "expected a factor"; // there is one where it does not succeed
}

function wrong(path: Path, expected: string, found: unknown): Finding {
  const problem = `${expected}, found ${showValue(found)}`;
  return { check: "wrong-type", path, problem, remedy: "write it in that form" };
}
