import type { Assignment } from "./factors.ts";
import type { Row } from "./matrix_rows.ts";
import { agree, isSelected, parseVariant, type Variant } from "./variant_name.ts";

/** A stage as far as it matters to what reads it. */
export interface Selectable {
  readonly name: string;
  readonly variant: Variant;
}

/** An input of a stage, by the name that selects one or more variants. */
export interface Reference {
  readonly name: string;
  readonly selected: readonly Selectable[];
}

/** The stages that a name selects. */
export function referenceOf(name: string, stages: readonly Selectable[]): Reference {
  const selector = parseVariant(name);
  return { name, selected: stages.filter(({ variant }) => isSelected(variant, selector)) };
}

/** One variant of a stage: its levels, and which variants of its inputs it reads. */
export interface Joined {
  readonly levels: ReadonlyMap<string, string>;
  readonly assignments: readonly Assignment[];
  /** The row of its own matrix that it comes from. */
  readonly row: Row;
  /** Names of the inputs, by the name that selects them; absent where that selects none. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
}

/**
 * Multiplies the rows of a stage with the variants of its inputs: those that agree on the factors
 * that they share, every combination of the others. What a selecting name fixes is no factor.
 *
 * @param fixed Levels in the stage's own name
 */
export function joinInputs(
  rows: readonly Row[],
  fixed: ReadonlyMap<string, string>,
  references: readonly Reference[],
): readonly Joined[] {
  return references.reduce<readonly Joined[]>((joined, reference) => {
    if (reference.selected.length === 0) return joined;
    const inputs = reference.selected.map(({ name, variant }) => ({
      names: [name],
      free: freeFactors(variant, reference),
    }));
    return product(joined, reference, inputs);
  }, begin(rows, fixed));
}

/**
 * The same for a stage that takes all variants of its inputs, but those that differ in some factors
 * apart.
 *
 * @param along These factors; true for all
 */
export function gatherInputs(
  rows: readonly Row[],
  fixed: ReadonlyMap<string, string>,
  references: readonly Reference[],
  along: readonly string[] | true,
): readonly Joined[] {
  return references.reduce<readonly Joined[]>((joined, reference) => {
    if (reference.selected.length === 0) return joined;
    const groups = new Map<string, { names: string[]; free: ReadonlyMap<string, string> }>();
    for (const { name, variant } of reference.selected) {
      const free = new Map(
        [...freeFactors(variant, reference)].filter(([factor]) =>
          along === true || along.includes(factor)
        ),
      );
      const key = JSON.stringify([...free].sort());
      const group = groups.get(key) ?? { names: [], free };
      group.names.push(name);
      groups.set(key, group);
    }
    return product(joined, reference, [...groups.values()]);
  }, begin(rows, fixed));
}

/** Factors of an input that the name which selects it leaves open. */
export function freeFactors(
  { factors }: Variant,
  { name }: Reference,
): ReadonlyMap<string, string> {
  const selector = parseVariant(name).factors;
  return new Map([...factors].filter(([factor]) => !selector.has(factor)));
}

function begin(rows: readonly Row[], fixed: ReadonlyMap<string, string>): readonly Joined[] {
  return rows.filter(({ levels }) => agree(levels, fixed)).map((row) => ({
    levels: new Map([...fixed, ...row.levels]),
    assignments: row.assignments,
    row,
    inputs: new Map(),
  }));
}

function product(
  joined: readonly Joined[],
  { name }: Reference,
  inputs: readonly { readonly names: readonly string[]; readonly free: Row["levels"] }[],
): readonly Joined[] {
  return joined.flatMap((variant) =>
    inputs.filter(({ free }) => agree(free, variant.levels)).map(({ names, free }) => ({
      ...variant,
      levels: new Map([...variant.levels, ...free]),
      inputs: new Map([...variant.inputs, [name, names]]),
    }))
  );
}
