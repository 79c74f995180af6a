import { canonicalJson, type JsonValue } from "../../core/canonical.ts";
import { type EpisodeSchema, type FieldSpec, SPLITS } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";

/** Joins the schemas of a merge's inputs, and adds the dataset's own fields. */

/** Action of an expert; absent if collection was without noise. */
export const ACTION_LABEL = "action_label";

/** Episode fields that the merge adds. */
const MERGED_FIELDS: readonly FieldSpec[] = [
  { name: "length", dtype: "int32", shape: [], description: "Control steps of the episode" },
  {
    name: "split",
    dtype: "uint8",
    shape: [],
    description: `Split that the episode is in: ${
      SPLITS.map((name, i) => `${i} ${name}`).join(", ")
    }`,
  },
  {
    name: "source",
    dtype: "int32",
    shape: [],
    description: "Input that the episode came from, an index into the attribute sources",
  },
];

const SEED: FieldSpec = {
  name: "seed",
  dtype: "int64",
  shape: [],
  description: "Seed of the stage that generated the episode",
};

/** The schema that a merged dataset's episodes had before, and a seed where they have one. */
export function ownSchema(
  schema: EpisodeSchema,
): { readonly schema: EpisodeSchema; readonly seed?: number } {
  const added = new Set([...MERGED_FIELDS, SEED].map(({ name }) => name));
  const episode = schema.episode.filter(({ name }) => !added.has(name));
  const seeded = schema.episode.some(({ name }) => name === SEED.name);
  return { schema: { ...schema, episode }, ...(seeded ? { seed: 0 } : {}) };
}

/** A schema, and whose it is. */
export interface NamedSchema {
  readonly name: string;
  readonly seed?: number;
  readonly schema: EpisodeSchema;
}

/**
 * The schema of episodes of all inputs together. Labels may be there in some only: where collection
 * was without noise, the action is its own label.
 *
 * @throws {InvalidInputError} If they differ otherwise, naming the first field that does
 */
export function mergeSchemas(inputs: readonly NamedSchema[]): EpisodeSchema {
  const [first, ...others] = inputs;
  if (first === undefined) throw new RangeError("Cannot merge: expected inputs, found none");
  let merged = first.schema;
  for (const other of others) {
    const names = [first.name, other.name] as const;
    for (const key of ["environment", "controlHz"] as const) {
      if (merged[key] !== other.schema[key]) {
        throw mismatch(...names, key, merged[key], other.schema[key]);
      }
    }
    requireSameOptions(names, merged.options ?? {}, other.schema.options ?? {});
    merged = {
      ...merged,
      step: mergeFields(merged.step, other.schema.step, names),
      episode: mergeFields(merged.episode, other.schema.episode, names),
    };
  }
  const seeds = inputs.every(({ seed }) => seed !== undefined) ? [SEED] : [];
  return { ...merged, episode: [...merged.episode, ...MERGED_FIELDS, ...seeds] };
}

function requireSameOptions(
  names: readonly [string, string],
  ours: NonNullable<EpisodeSchema["options"]>,
  theirs: NonNullable<EpisodeSchema["options"]>,
): void {
  for (const name of Object.keys({ ...ours, ...theirs }).sort()) {
    const [a, b] = [ours[name], theirs[name]];
    if (a !== b) throw mismatch(...names, `option "${name}"`, a ?? "none", b ?? "none");
  }
}

function mergeFields(
  ours: readonly FieldSpec[],
  theirs: readonly FieldSpec[],
  names: readonly [string, string],
): readonly FieldSpec[] {
  const other = new Map(theirs.map((spec) => [spec.name, spec]));
  const merged = ours.map((spec) => {
    const found = other.get(spec.name);
    other.delete(spec.name);
    if (found === undefined) {
      if (spec.name === ACTION_LABEL) return spec;
      throw mismatch(...names, `field "${spec.name}"`, spec.dtype, "none");
    }
    for (const key of ["dtype", "shape", "unit", "components"] as const) {
      const [a, b] = [spec[key] ?? null, found[key] ?? null];
      if (canonicalJson(a) === canonicalJson(b)) continue;
      throw mismatch(...names, `${key} of field "${spec.name}"`, a, b);
    }
    return sameBounds(spec, found) ? spec : withoutBounds(spec);
  });
  for (const spec of other.values()) {
    if (spec.name !== ACTION_LABEL) {
      throw mismatch(...names, `field "${spec.name}"`, "none", spec.dtype);
    }
    merged.push(spec);
  }
  return merged;
}

function sameBounds(a: FieldSpec, b: FieldSpec): boolean {
  const text = ({ low, high }: FieldSpec) => canonicalJson([low ?? null, high ?? null]);
  return text(a) === text(b);
}

/** Removes the bounds of draws: draws from two ranges are in neither. */
function withoutBounds({ low: _low, high: _high, ...spec }: FieldSpec): FieldSpec {
  return spec;
}

function mismatch(
  first: string,
  second: string,
  what: string,
  expected: JsonValue,
  found: JsonValue,
): InvalidInputError {
  const text = (value: JsonValue) => typeof value === "string" ? value : canonicalJson(value);
  const [a, b] = excerpts(text(expected), text(found));
  return new InvalidInputError({
    action: `merge "${second}" with`,
    place: first,
    expected: `${what} to be ${a}`,
    found: b,
    remedy: "generate both with the same environment and randomization",
  });
}

/** Characters of a value that a message shows, and of them before the first difference. */
const SHOWN = 60, SHOWN_BEFORE = 24;

/** Returns excerpts of two texts where they differ: an environment from files is a long one. */
function excerpts(a: string, b: string): readonly [string, string] {
  if (Math.max(a.length, b.length) <= SHOWN) return [a, b];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const start = Math.max(0, same - SHOWN_BEFORE), end = start + SHOWN;
  const cut = (text: string): string =>
    `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
  return [cut(a), cut(b)];
}
