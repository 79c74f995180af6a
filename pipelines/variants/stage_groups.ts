import type { StagePlan } from "../plan.ts";
import { parseVariant } from "./variant_name.ts";

/**
 * Divides a plan with many variants: each group of them is a separate workflow, so that no history
 * grows with the matrix.
 */

/** Variants of one stage, with the stages that read each of them alone. */
export interface StageGroup {
  /** `train[1..32]`: the stage, and which of its variants. */
  readonly name: string;
  readonly stages: readonly StagePlan[];
}

/** A plan divided. */
export interface DividedPlan {
  /** Stages that stand for themselves. */
  readonly single: readonly StagePlan[];
  readonly groups: readonly StageGroup[];
}

/** Variants that need no groups: as many as a pipeline without a matrix may have. */
const UNGROUPED = 32;

/** Variants of a stage in one group. */
export const GROUP_ROWS = 32;

/**
 * Stages, row by row: each variant of the first with what reads it alone. A family depends on
 * others, and none of them on it.
 */
interface Family {
  readonly first: string;
  readonly rows: StagePlan[][];
  /** Row of a stage, by its name. */
  readonly rowOf: Map<string, number>;
  readonly dependsOn: Set<Family>;
}

/** Divides the stages of a plan; each group can begin when its inputs from outside are there. */
export function divideStages(stages: readonly StagePlan[]): DividedPlan {
  const alike = likeStages(stages);
  const count = alike.reduce((sum, { length }) => sum + (length === 1 ? 0 : length), 0);
  // Whether a stage is needed is decided between the stages that a group would hold.
  const isSequential = stages.some(({ unless }) => unless !== undefined);
  if (count <= UNGROUPED || isSequential) return { single: stages, groups: [] };
  const families = new Map<string, Family>();
  for (const variants of alike) {
    const inputs = new Set(variants.flatMap(({ from }) => from));
    const read = new Set([...inputs].flatMap((name) => families.get(name) ?? []));
    const family = [...read].find((family) => continues(family, variants, read)) ?? begin(variants);
    for (const [at, variant] of variants.entries()) {
      const row = variant.from.flatMap((name) => family.rowOf.get(name) ?? [])[0] ?? at;
      (family.rows[row] ??= []).push(variant);
      family.rowOf.set(variant.name, row);
      families.set(variant.name, family);
    }
    for (const other of read) if (other !== family) family.dependsOn.add(other);
  }
  return cut([...new Set(families.values())]);
}

function begin([first]: readonly StagePlan[]): Family {
  const { base } = parseVariant(first!.name); // no list of them is empty
  return { first: base, rows: [], rowOf: new Map(), dependsOn: new Set() };
}

/**
 * Variants of one stage that stand equally far from the beginning, so that none depends on another;
 * each list after those that it reads. Of stages in rounds, each round has its own.
 */
function likeStages(stages: readonly StagePlan[]): readonly (readonly StagePlan[])[] {
  const depths = new Map<string, number>();
  for (const { name, from } of stages) {
    depths.set(name, 1 + Math.max(-1, ...from.map((input) => depths.get(input) ?? 0)));
  }
  const depthOf = ({ name }: StagePlan) => depths.get(name)!; // of every stage
  const alike = Map.groupBy(
    stages,
    (stage) => `${depthOf(stage)} ${parseVariant(stage.name).base}`,
  );
  return [...alike.values()].sort(([a], [b]) => depthOf(a!) - depthOf(b!));
}

/** Whether each variant goes on from one row of a family, and needs nothing that waits for it. */
function continues(
  family: Family,
  variants: readonly StagePlan[],
  read: ReadonlySet<Family>,
): boolean {
  if (variants.length !== family.rows.length || variants.length === 1) return false;
  const taken = new Set<number>();
  for (const { from } of variants) {
    const rows = new Set(from.flatMap((name) => family.rowOf.get(name) ?? []));
    const [row] = rows;
    if (rows.size !== 1 || row === undefined || taken.has(row)) return false;
    taken.add(row);
  }
  return [...read].every((other) => other === family || !reaches(other, family));
}

function reaches(from: Family, to: Family, seen = new Set<Family>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...from.dependsOn].some((next) => reaches(next, to, seen));
}

function cut(families: readonly Family[]): DividedPlan {
  const single: StagePlan[] = [], groups: StageGroup[] = [];
  const named = new Map<string, number>();
  for (const { first, rows } of families) {
    if (rows.length === 1) {
      single.push(...rows.flat());
      continue;
    }
    const before = named.get(first) ?? 0;
    named.set(first, before + rows.length);
    for (let begin = 0; begin < rows.length; begin += GROUP_ROWS) {
      const end = Math.min(rows.length, begin + GROUP_ROWS);
      const name = `${first}[${before + begin + 1}..${before + end}]`;
      groups.push({ name, stages: rows.slice(begin, end).flat() });
    }
  }
  return { single, groups };
}
