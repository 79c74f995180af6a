import { type FieldSpec, rowSize } from "../../core/episode.ts";

/** Bounds of one component of a field; infinite where it has none. */
export function boundsOf(field: FieldSpec, component: number): readonly [number, number] {
  const { low, high } = field;
  return [pick(low, component) ?? -Infinity, pick(high, component) ?? Infinity];
}

/** One number per component, or one for all. */
function pick(bounds: readonly number[] | undefined, component: number): number | undefined {
  return bounds?.length === 1 ? bounds[0] : bounds?.[component];
}

/**
 * An action as worlds take it and stores keep it: rounded to its resolution, clipped to its space
 * and rounded to float32, so that replaying what is stored does exactly what was done.
 *
 * @throws {RangeError} If it has another length or is not finite
 */
export function toAction(field: FieldSpec, values: ArrayLike<number>): Float32Array {
  const size = rowSize(field.shape);
  const action = new Float32Array(size);
  if (values.length !== size) {
    throw new RangeError(`Cannot act: expected ${size} numbers, found ${values.length}`);
  }
  for (let i = 0; i < size; i++) {
    const [low, high] = boundsOf(field, i);
    action[i] = Math.min(high, Math.max(low, roundTo(values[i]!, field.resolution)));
    if (!Number.isFinite(action[i]!)) {
      throw new RangeError(
        `Cannot act: expected finite numbers, found ${values[i]} in component ${i}`,
      );
    }
  }
  return action;
}

/**
 * Returns the nearest multiple of a resolution, which is a power of 2, or the value itself if there
 * is none.
 */
export function roundTo(value: number, resolution: number | undefined): number {
  return resolution === undefined ? value : Math.round(value / resolution) * resolution;
}

/**
 * Splits observations into their fields, by `observation/<name>` or another prefix.
 *
 * @returns Takes `[n]` observations and gives views of them; made once, for it is called at every step
 */
export function observationSplitter(
  fields: readonly FieldSpec[],
  prefix: string,
): (observation: Float32Array) => Record<string, Float32Array> {
  let offset = 0;
  const parts = fields.map(({ name, shape }) => {
    const start = offset;
    offset += rowSize(shape);
    return { column: `${prefix}/${name}`, start, end: offset };
  });
  return (observation) => {
    const values: Record<string, Float32Array> = {};
    for (const { column, start, end } of parts) values[column] = observation.subarray(start, end);
    return values;
  };
}

/** The same values under longer names. */
export function prefixKeys<Value>(
  prefix: string,
  values: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
