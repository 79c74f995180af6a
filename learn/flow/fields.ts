import { type EpisodeSource, type FieldSpec, rowSize, SPLITS } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Normalization } from "../normalization.ts";

/** Looks up facts about the fields of a dataset that a flow needs. */

/** Specifications of step fields, in order. Throws InvalidInputError where one is absent. */
export function stepFields(source: EpisodeSource, fields: readonly string[]): readonly FieldSpec[] {
  return fields.map((field) => findField(source.schema.step, field, "step"));
}

/** Specifications of episode fields, in order. Throws InvalidInputError where one is absent. */
export function episodeFields(
  source: EpisodeSource,
  fields: readonly string[],
): readonly FieldSpec[] {
  return fields.map((field) => findField(source.schema.episode, field, "episode"));
}

function findField(specs: readonly FieldSpec[], field: string, kind: string): FieldSpec {
  const spec = specs.find(({ name }) => name === field);
  if (spec !== undefined) return spec;
  throw new InvalidInputError({
    action: "train on",
    place: field,
    expected: `an ${kind} field`,
    found: "none",
    remedy: `the dataset has ${specs.map(({ name }) => name).join(", ")}`,
  });
}

/** Numbers of one row of all fields. */
export function widthOf(specs: readonly FieldSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + rowSize(shape), 0);
}

/**
 * Returns the columns of one of several concatenated fields.
 *
 * @throws {InvalidInputError} If it is not among them, or not of that width
 */
export function columnsOf(
  source: EpisodeSource,
  fields: readonly string[],
  field: string,
  width?: number,
): readonly number[] {
  let column = 0;
  for (const { name, shape } of stepFields(source, fields)) {
    const size = rowSize(shape);
    if (name === field && size === (width ?? size)) {
      return Array.from({ length: size }, (_, j) => column + j);
    }
    column += size;
  }
  throw new InvalidInputError({
    action: "train with",
    place: field,
    expected: `a field of the state${width === undefined ? "" : ` of ${width} numbers`}`,
    found: "none",
    remedy: `the state has ${fields.join(", ")}`,
  });
}

/**
 * Returns the period of each component: 2π for an angle whose bounds are a turn apart, which wraps
 * around, and otherwise 0.
 */
export function turnsOf(source: EpisodeSource, fields: readonly string[]): readonly number[] {
  return stepFields(source, fields).flatMap(({ shape, unit, low, high }) => {
    const size = rowSize(shape);
    return Array.from({ length: size }, (_, j) => {
      const range = (high?.[j] ?? high?.[0] ?? 0) - (low?.[j] ?? low?.[0] ?? 0);
      return unit === "rad" && Math.abs(range - 2 * Math.PI) < 1e-3 ? 2 * Math.PI : 0;
    });
  });
}

/** The declared noise of every component, in its own unit. */
export function noiseOf(
  source: EpisodeSource,
  fields: readonly string[],
  byUnit: Readonly<Record<string, number>>,
): Float32Array {
  return Float32Array.from(
    stepFields(source, fields).flatMap(({ shape, unit }) =>
      new Array<number>(rowSize(shape)).fill(byUnit[unit ?? ""] ?? 0)
    ),
  );
}

/** Mean and deviation of episode fields over the training split; constant ones are only centred. */
export async function conditionNormalization(
  source: EpisodeSource,
  fields: readonly string[],
): Promise<Normalization> {
  const { data: splits } = await source.readEpisodes("split");
  const mean: number[] = [], scale: number[] = [];
  for (const field of fields) {
    const { data, shape } = await source.readEpisodes(field), size = rowSize(shape);
    for (let j = 0; j < size; j++) {
      let count = 0, sum = 0, squares = 0;
      for (let episode = 0; episode < source.episodes; episode++) {
        if (Number(splits[episode]) !== SPLITS.indexOf("train")) continue;
        // Welford's update: no digits are lost where the mean is far from 0.
        const value = Number(data[episode * size + j]), before = value - sum;
        count++;
        sum += before / count;
        squares += before * (value - sum);
      }
      const deviation = Math.sqrt(squares / Math.max(1, count));
      mean.push(sum);
      scale.push(deviation > 1e-6 ? deviation : 1);
    }
  }
  return { mean: Float32Array.from(mean), scale: Float32Array.from(scale) };
}
