import { type FieldSpec, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";

/** Position of a field in an observation. */
interface FieldPlace {
  readonly at: number;
  readonly size: number;
  readonly components: readonly string[];
}

/** Returns the position and size of each field in an observation. */
export function fieldPlaces(fields: readonly FieldSpec[]): ReadonlyMap<string, FieldPlace> {
  let at = 0;
  return new Map(fields.map(({ name, shape, components = [] }) => {
    const size = rowSize(shape), place = { at, size, components };
    at += size;
    return [name, place];
  }));
}

/** A reader of the fields of observations, by name. */
export function fieldReader(
  fields: readonly FieldSpec[],
): (observation: Float32Array, field: string) => Float32Array {
  const places = fieldPlaces(fields);
  return (observation, wanted) => {
    const place = places.get(wanted);
    if (place !== undefined) return observation.subarray(place.at, place.at + place.size);
    throw new InvalidInputError({
      action: "read observation",
      place: wanted,
      remedy: `choose one of ${[...places.keys()].join(", ")}, or, of an environment from ` +
        "files, add it to env.observations",
    });
  };
}
