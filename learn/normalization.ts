import { InvalidInputError } from "../core/errors.ts";
import type { EpisodeSource, SavedPolicy, Tensor } from "../core/episode.ts";

/** x ↦ (x − mean) / scale, one number a component. */
export interface Normalization {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
}

/** Below it a component counts as constant: dividing by it would magnify rounding noise. */
const MIN_STD = 1e-6;

/** Mean and deviation of fields side by side; constant components are only centred. */
export function normalizationOf(source: EpisodeSource, fields: readonly string[]): Normalization {
  const statistics = fields.map((field) => {
    const found = source.statistics[field];
    if (found !== undefined) return found;
    throw new InvalidInputError(
      `Cannot normalise "${field}": expected statistics of the dataset, found none: merge it again`,
    );
  });
  const std = statistics.flatMap((field) => field.std);
  return {
    mean: Float32Array.from(statistics.flatMap((field) => field.mean)),
    scale: Float32Array.from(std, (value) => value > MIN_STD ? value : 1),
  };
}

/** The tensors `<name>/mean` and `<name>/scale` of a policy. */
export function normalizationTensors(
  name: string,
  { mean, scale }: Normalization,
): Record<string, Tensor> {
  return {
    [`${name}/mean`]: { shape: [mean.length], data: mean },
    [`${name}/scale`]: { shape: [scale.length], data: scale },
  };
}

/**
 * Reads back what {@linkcode normalizationTensors} wrote.
 *
 * @throws {InvalidInputError} If a tensor is absent or of another width; the message names it
 */
export function savedNormalization(
  saved: SavedPolicy,
  name: string,
  width: number,
): Normalization {
  const [mean, scale] = ["mean", "scale"].map((part) => {
    const tensor = saved.tensors[`${name}/${part}`];
    if (tensor?.data.length === width) return tensor.data;
    throw new InvalidInputError(
      `Cannot load weights "${name}/${part}": expected shape [${width}], ` +
        `found ${tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`}: ` +
        `use a policy of the same model and fields`,
    );
  });
  return { mean: mean!, scale: scale! };
}
