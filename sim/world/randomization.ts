import { type FieldSpec, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { suggestName } from "../../core/suggest.ts";
import type { RandomizationSpec, Randomize } from "./environment.ts";
import type { RandomizationDraw } from "./world.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";

/**
 * The properties that a declaration varies, each with the range that holds for it.
 *
 * @param specs What the environment can vary
 * @throws {InvalidInputError} If a name is unknown, or a range empty, too wide or not applicable
 */
export function selectRandomization(
  specs: readonly RandomizationSpec[],
  randomize: Randomize = false,
): readonly RandomizationSpec[] {
  if (typeof randomize === "boolean") return randomize ? specs.filter((s) => s.default) : [];
  const known = specs.map(({ name }) => name);
  for (const name of Object.keys(randomize)) {
    if (known.includes(name)) continue;
    throw new InvalidInputError({
      action: "randomize",
      place: name,
      expected: `one of ${known.join(", ")}`,
      remedy: suggestName(name, known),
    });
  }
  return specs.flatMap((spec) => {
    const wanted = Object.hasOwn(randomize, spec.name) ? randomize[spec.name]! : false;
    if (typeof wanted === "boolean") return wanted ? [spec] : [];
    return [{ ...spec, range: checkedRange(spec, wanted) }];
  });
}

function checkedRange(spec: RandomizationSpec, range: readonly [number, number]) {
  const [low, high] = range;
  if (spec.bounds === undefined) {
    throw new InvalidInputError({
      action: `randomize "${spec.name}" in [${low}, ${high}]`,
      expected: "true, because it is drawn uniformly on the unit sphere",
    });
  }
  const [least, most] = spec.bounds;
  if (!(low >= least && low <= high && high <= most)) {
    throw new InvalidInputError({
      action: "randomize",
      place: spec.name,
      expected: `a range within [${least}, ${most}]`,
      found: `[${low}, ${high}]`,
    });
  }
  return range;
}

/**
 * One draw of every selected property, in the order of the environment's list.
 *
 * @param selected Of {@linkcode selectRandomization}
 */
export function drawRandomization(
  selected: readonly RandomizationSpec[],
  random: RandomGenerator,
): RandomizationDraw {
  return Object.fromEntries(selected.map((spec) => [spec.name, drawOne(spec, random)]));
}

function drawOne(spec: RandomizationSpec, random: RandomGenerator): Float64Array {
  const values = new Float64Array(rowSize(spec.shape));
  if (spec.distribution === "uniform") {
    const [low, high] = spec.range!; // every uniform property has one
    return values.map(() => random.uniform(low, high));
  }
  // A normal vector has no preferred direction (Muller 1959); length 0 has no direction at all.
  let norm = 0;
  while (norm === 0) {
    for (let i = 0; i < values.length; i++) values[i] = random.normal();
    norm = Math.hypot(...values);
  }
  return values.map((value) => value / norm);
}

/** Returns the values that were drawn for a stored episode. */
export function storedDraw(
  specs: readonly RandomizationSpec[],
  episode: EpisodeView,
): RandomizationDraw {
  return Object.fromEntries(specs.flatMap(({ name }) => {
    const values = episode.episode(`randomization/${name}`);
    return values instanceof Float64Array ? [[name, values] as const] : [];
  }));
}

/** The episode column that keeps the draws of a property. */
export function randomizationField(spec: RandomizationSpec): FieldSpec {
  const { name, description, shape, range, unit } = spec;
  const bounds = range ?? [-1, 1];
  return {
    name: `randomization/${name}`,
    dtype: "float64",
    shape,
    description,
    low: [bounds[0]],
    high: [bounds[1]],
    ...(unit === undefined ? {} : { unit }),
  };
}
