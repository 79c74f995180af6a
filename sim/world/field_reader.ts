import { type FieldSpec, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";

/** A reader of the fields of observations, by name. */
export function fieldReader(
  fields: readonly FieldSpec[],
): (observation: Float32Array, field: string) => Float32Array {
  const places = new Map<string, { readonly at: number; readonly size: number }>();
  let at = 0;
  for (const { name, shape } of fields) {
    const size = rowSize(shape);
    places.set(name, { at, size });
    at += size;
  }
  return (observation, wanted) => {
    const place = places.get(wanted);
    if (place !== undefined) return observation.subarray(place.at, place.at + place.size);
    throw new InvalidInputError(
      `Cannot read observation "${wanted}": choose one of ${
        [...places.keys()].join(", ")
      }, or, of ` +
        "an environment from files, add it to env.observations",
    );
  };
}
