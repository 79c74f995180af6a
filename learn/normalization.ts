import { InvalidInputError } from "../core/errors.ts";
import type { EpisodeSource, SavedPolicy, Tensor } from "../core/episode.ts";
import {
  countRows,
  type InputColumns,
  intersect,
  readRows,
  readSplit,
} from "./training/episode_rows.ts";

/** x ↦ (x − mean) / scale, one number per component. */
export interface Normalization {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
}

/**
 * A component with a smaller deviation counts as constant: dividing by it would magnify rounding
 * noise.
 */
const MIN_STD = 1e-6;

/** Mean and deviation of fields side by side; constant components are only centred. */
export function normalizationOf(source: EpisodeSource, fields: readonly string[]): Normalization {
  const statistics = fields.map((field) => {
    const found = source.statistics[field];
    if (found !== undefined) return found;
    throw new InvalidInputError({
      action: "normalise",
      place: field,
      expected: "statistics of the dataset",
      found: "none",
      remedy: "merge it again",
    });
  });
  const std = statistics.flatMap((field) => field.std);
  return {
    mean: Float32Array.from(statistics.flatMap((field) => field.mean)),
    scale: Float32Array.from(std, (value) => value > MIN_STD ? value : 1),
  };
}

/** Rows of the dataset that are measured at once. */
const BLOCK_ROWS = 4096;

/**
 * Mean and deviation of what a network sees of the rows of the training split, in place of the
 * dataset's statistics of the fields themselves.
 *
 * @param columns What is read and how it is encoded
 * @param options.width Numbers of an encoded row
 * @param options.stride Only rows whose index in the dataset is a multiple of it count
 */
export async function measureNormalization(
  source: EpisodeSource,
  columns: Pick<InputColumns, "fields" | "encode">,
  { width, stride }: { readonly width: number; readonly stride: number },
): Promise<Normalization> {
  const identity = { mean: new Float32Array(width), scale: new Float32Array(width).fill(1) };
  const raw: InputColumns = { input: "", ...columns, ...identity };
  const ranges = await readSplit(source, "train");
  const sums = new Float64Array(width), squares = new Float64Array(width);
  const shift = new Float64Array(width);
  let count = 0;
  for (let start = 0; start < source.steps; start += BLOCK_ROWS) {
    const parts = intersect(ranges, start, start + BLOCK_ROWS);
    const rows = new Float32Array(countRows(parts, stride) * width);
    if (rows.length === 0) continue;
    await readRows(source, raw, parts, rows, stride);
    // Sums of differences from the first row: squares of large, nearly constant values would cancel.
    if (count === 0) shift.set(rows.subarray(0, width));
    for (let i = 0; i < rows.length; i++) {
      const j = i % width, value = rows[i]! - shift[j]!;
      sums[j]! += value;
      squares[j]! += value * value;
    }
    count += rows.length / width;
  }
  const mean = sums.map((sum) => sum / Math.max(1, count));
  return {
    mean: Float32Array.from(mean, (value, j) => value + shift[j]!),
    scale: Float32Array.from(squares, (sum, j) => {
      const std = Math.sqrt(Math.max(0, sum / Math.max(1, count) - mean[j]! ** 2));
      return std > MIN_STD ? std : 1;
    }),
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
    throw new InvalidInputError({
      action: "load weights",
      place: `${name}/${part}`,
      expected: `shape [${width}]`,
      found: tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`,
      remedy: "use a policy of the same model and fields",
    });
  });
  return { mean: mean!, scale: scale! };
}
