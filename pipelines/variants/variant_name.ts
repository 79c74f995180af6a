/**
 * Names of variants: a stage that a matrix has multiplied is called by its base and its factors,
 * `train[lr=0.0001,seed=2]`. Values hold none of `,=[]/\`, so that a name can be taken apart.
 */

/** The name of a stage, taken apart. */
export interface Variant {
  /** Name of the stage as it was declared. */
  readonly base: string;
  /** Levels as they are printed, by name of the factor; empty where the stage has no variants. */
  readonly factors: ReadonlyMap<string, string>;
}

/** Bytes of UTF-8 that the name of a variant has at most: names of files have 255. */
export const MAX_NAME_BYTES = 200;

/** Pattern of the names of factors: a path of parameters, or a label. */
export const FACTOR_PATTERN = /^[A-Za-z][\w.-]*$/;

/** Levels as a name holds them. */
export const LEVEL_PATTERN = /^[^,=[\]/\\\p{C}]+$/u;

/** The name of a variant, factors sorted; the base alone where there are none. */
export function variantName(base: string, factors: Iterable<readonly [string, string]>): string {
  const sorted = [...factors].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  if (sorted.length === 0) return base;
  return `${base}[${sorted.map(([factor, level]) => `${factor}=${level}`).join(",")}]`;
}

/** Takes the name of a stage apart; what is no name of a variant is a base without factors. */
export function parseVariant(name: string): Variant {
  const [, base, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name) ?? [];
  if (base === undefined || inner === undefined) return { base: name, factors: new Map() };
  const factors = inner.split(",").map((part): readonly [string, string] => {
    const at = part.indexOf("=");
    return [part.slice(0, at), part.slice(at + 1)];
  });
  return { base, factors: new Map(factors) };
}

/** A level as names print it: numbers as JSON does. */
export function levelText(level: string | number | boolean): string {
  return typeof level === "string" ? level : JSON.stringify(level);
}

/** Whether two sets of levels agree wherever both say something. */
export function agree(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): boolean {
  for (const [factor, level] of one) {
    if (other.has(factor) && other.get(factor) !== level) return false;
  }
  return true;
}

/** Whether a stage is among those that a name selects: of that base, with all of its factors. */
export function isSelected({ base, factors }: Variant, selector: Variant): boolean {
  return base === selector.base &&
    [...selector.factors].every(([factor, level]) => factors.get(factor) === level);
}
