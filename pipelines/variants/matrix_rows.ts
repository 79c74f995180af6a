import { showValue } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import {
  type Assignment,
  checkParameters,
  checkTexts,
  type Factor,
  type FactorLevel,
  includedLevel,
  readMatrix,
} from "./factors.ts";
import type { MatrixEntry } from "./matrix_schema.ts";
import { levelText, variantName } from "./variant_name.ts";

type Path = Finding["path"];

/** Variants that one stage may have: histories, screens and tables stay readable. */
export const MAX_VARIANTS = 512;

/** Products beyond this are not even written out, to leave out some of it. */
const MAX_PRODUCT = 65_536;

/** One variant by what distinguishes it. */
export interface Row {
  /** Level of each factor, as it is printed. */
  readonly levels: ReadonlyMap<string, string>;
  /** Assignments of the variant. */
  readonly assignments: readonly Assignment[];
}

/** The row of a stage that nothing multiplies. */
export const SINGLE: Row = { levels: new Map(), assignments: [] };

/** The variants that a matrix asks for, or what is wrong with it. */
export interface MatrixRows {
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
}

/**
 * The variants that the matrix of a stage asks for: the product of its factors in declared order,
 * the last one varying fastest, without what is excluded, with what is included.
 *
 * @param path Where the matrix stands
 * @param parameters What a stage of that kind has to vary
 */
export function matrixRows(
  matrix: unknown,
  path: Path,
  parameters: readonly string[],
): MatrixRows {
  const { factors, include, exclude, findings } = readMatrix(matrix, path, parameters);
  if (findings.length > 0) return { rows: [], findings };
  const size = factors.reduce((product, { levels }) => product * levels.size, 1);
  if (size > MAX_PRODUCT) return { rows: [], findings: [tooMany(path, size)] };
  const excluded = checkEntries(exclude, factors, { path: [...path, "exclude"], isWhole: false });
  const names = factors.length > 0 ? factors : factorsOf(include);
  const included = checkEntries(include, names, { path: [...path, "include"], isWhole: true });
  const faults = [...excluded, ...included];
  if (faults.length > 0) return { rows: [], findings: faults };
  const kept = productOf(factors).filter((row) => !exclude.some((entry) => matches(row, entry)));
  const added = include.map((entry, at) => rowOf(entry, names, [...path, "include", at]));
  const levels = added.flatMap(({ chosen }) => chosen);
  const wrong = [
    ...checkParameters(levels, { path, parameters }),
    ...levels.flatMap((level) => checkTexts([level], [...path, "include"])),
  ];
  if (wrong.length > 0) return { rows: [], findings: wrong };
  return checkRows([...kept, ...added.map(({ row }) => row)], path);
}

function checkRows(rows: readonly Row[], path: Path): MatrixRows {
  if (rows.length === 0) {
    const problem = "the matrix has no variants", remedy = "add factors with levels, or remove it";
    return { rows, findings: [{ check: "empty-matrix", path, problem, remedy }] };
  }
  if (rows.length > MAX_VARIANTS) return { rows: [], findings: [tooMany(path, rows.length)] };
  const names = rows.map(({ levels }) => variantName("", levels));
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice === undefined) return { rows, findings: [] };
  const problem = `the variant ${twice} already exists`, remedy = "include it once";
  return {
    rows,
    findings: [{ check: "equal-variants", path: [...path, "include"], problem, remedy }],
  };
}

/** Makes the finding that a product exceeds the bound. */
export function tooMany(path: Path, found: number): Finding {
  return {
    check: "too-many-variants",
    path,
    problem: `expected at most ${MAX_VARIANTS} variants of a stage, found ${found}`,
    remedy: "take fewer levels, exclude some, or divide it among several pipelines",
  };
}

/** Every combination of levels; none where there are no factors. */
function productOf(factors: readonly Factor[]): readonly Row[] {
  if (factors.length === 0) return [];
  return factors.reduce<readonly Row[]>(
    (rows, { name, levels }) =>
      rows.flatMap((row) =>
        [...levels.values()].map(({ text, assignments }) => ({
          levels: new Map([...row.levels, [name, text]]),
          assignments: [...row.assignments, ...assignments],
        }))
      ),
    [SINGLE],
  );
}

function matches({ levels }: Row, entry: MatrixEntry): boolean {
  return Object.entries(entry).every(([name, level]) => levels.get(name) === levelText(level));
}

/** Factors of which nothing but their names is known, from entries. */
function factorsOf(include: readonly MatrixEntry[]): readonly Factor[] {
  const names = new Set(include.flatMap((entry) => Object.keys(entry)));
  return [...names].map((name) => ({ name, levels: new Map(), isLabel: false }));
}

interface EntrySite {
  readonly path: Path;
  /** Whether each entry is a whole variant. */
  readonly isWhole: boolean;
}

/** Checks that entries name existing factors and levels. */
function checkEntries(
  entries: readonly MatrixEntry[],
  factors: readonly Factor[],
  { path, isWhole }: EntrySite,
): readonly Finding[] {
  const names = factors.map(({ name }) => name);
  return entries.flatMap((entry, at): readonly Finding[] => {
    const place = [...path, at];
    const missing = isWhole ? names.filter((name) => !Object.hasOwn(entry, name)) : [];
    return [
      ...missing.map((name) => ({
        check: "wrong-value" as const,
        path: place,
        problem: `a variant needs a level of every factor, and this has none of "${name}"`,
        remedy: "add it",
      })),
      ...Object.entries(entry).flatMap(([name, level]) => {
        const factor = factors.find((other) => other.name === name);
        return checkLevel(factor, level, { path: [...place, name], names, isWhole });
      }),
    ];
  });
}

function checkLevel(
  factor: Factor | undefined,
  level: string | number | boolean,
  { path, names, isWhole }: EntrySite & { readonly names: readonly string[] },
): readonly Finding[] {
  if (factor === undefined) {
    const name = String(path.at(-1));
    const problem = `the matrix has no factor "${name}"`;
    return [{ check: "unknown-factor", path, problem, remedy: suggestName(name, names) }];
  }
  const known = [...factor.levels.keys()], text = levelText(level);
  if (known.includes(text) || (isWhole && !factor.isLabel)) return [];
  const problem = `factor "${factor.name}" has no level ${showValue(level)}`;
  return [{ check: "unknown-factor", path, problem, remedy: suggestName(text, known) }];
}

function rowOf(entry: MatrixEntry, factors: readonly Factor[], path: Path) {
  const chosen = factors.map(({ name, levels }): FactorLevel => {
    const level = entry[name]!; // checkEntries() asks for every factor
    return levels.get(levelText(level)) ?? includedLevel(name, level, [...path, name]);
  });
  const row: Row = {
    levels: new Map(factors.map(({ name }, at) => [name, chosen[at]!.text])),
    assignments: chosen.flatMap(({ assignments }) => assignments),
  };
  return { row, chosen };
}
