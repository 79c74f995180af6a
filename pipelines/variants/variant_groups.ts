import { parseVariant } from "./variant_name.ts";

/** Variants of one stage that are shown one by one; more of them are shown as one. */
export const SHOWN_VARIANTS = 8;

/** A stage as it was declared, with what it has become. */
export interface VariantGroup<Stage> {
  readonly base: string;
  /** Its variants, or the stage itself. */
  readonly stages: readonly Stage[];
  /** Levels of each factor, in order; empty where it has no variants. */
  readonly factors: ReadonlyMap<string, readonly string[]>;
}

/** Stages by the name that they were declared by, in the order in which each first comes. */
export function groupVariants<Stage>(
  stages: Iterable<Stage>,
  nameOf: (stage: Stage) => string,
): readonly VariantGroup<Stage>[] {
  const groups = Map.groupBy(stages, (stage) => parseVariant(nameOf(stage)).base);
  return [...groups].map(([base, stages]) => ({
    base,
    stages,
    factors: factorsOf(stages, nameOf),
  }));
}

function factorsOf<Stage>(
  stages: readonly Stage[],
  nameOf: (stage: Stage) => string,
): ReadonlyMap<string, readonly string[]> {
  const factors = new Map<string, Set<string>>();
  for (const stage of stages) {
    for (const [factor, level] of parseVariant(nameOf(stage)).factors) {
      factors.set(factor, (factors.get(factor) ?? new Set()).add(level));
    }
  }
  return new Map([...factors].map(([factor, levels]) => [factor, [...levels]]));
}

/** Describes the factors: `lr 0.0001, 0.0003; seed 1, 2, 3`. */
export function factorsText(factors: ReadonlyMap<string, readonly string[]>): string {
  return [...factors].map(([factor, levels]) => `${factor} ${levelsText(levels)}`).join("; ");
}

/** Levels that a text shows of many. */
const SHOWN = 8;

function levelsText(levels: readonly string[]): string {
  if (levels.length <= SHOWN) return levels.join(", ");
  return `${levels.slice(0, SHOWN - 1).join(", ")} … ${levels.at(-1)}`;
}
