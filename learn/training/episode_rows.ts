import { InvalidInputError } from "../../core/errors.ts";
import {
  type EpisodeSource,
  type FieldSpec,
  rowSize,
  type Split,
  SPLITS,
} from "../../core/episode.ts";

/** Rows [start, end) of a dataset. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Step fields side by side as one input of a network, normalised by `(x − mean) / scale`. */
export interface InputColumns {
  /** Name of the tape's input. */
  readonly input: string;
  readonly fields: readonly string[];
  /**
   * Encodes a row for the network, instead of its fields themselves.
   *
   * @param row `[widths of all fields together]`
   * @param out `[width]` overwritten
   */
  readonly encode?: (row: Float64Array, out: Float64Array) => void;
  /** `[width]`, of what is encoded, else the widths of all fields together. */
  readonly mean: Float32Array;
  /** `[width]`, positive. */
  readonly scale: Float32Array;
}

/** Whether a field is a number or a vector of floats: depth as a camera sees it is neither. */
export function isFloatVector({ dtype, shape }: FieldSpec): boolean {
  return dtype.startsWith("float") && shape.length <= 1;
}

/** Width of a step field. Throws InvalidInputError where the dataset has none or it is no number. */
export function fieldWidth(source: EpisodeSource, field: string): number {
  const spec = source.schema.step.find(({ name }) => name === field);
  if (spec === undefined || !spec.dtype.startsWith("float")) {
    throw new InvalidInputError({
      action: "train on",
      place: field,
      expected: "a step field of floats",
      found: spec?.dtype ?? "none",
      remedy: `the dataset has ${source.schema.step.map(({ name }) => name).join(", ")}`,
    });
  }
  return rowSize(spec.shape);
}

/** The rows of a split: ranges in ascending order, neighbours joined. */
export async function readSplit(source: EpisodeSource, split: Split): Promise<RowRange[]> {
  const { data } = await source.readEpisodes("split");
  const wanted = SPLITS.indexOf(split);
  const ranges: { start: number; end: number }[] = [];
  for (let episode = 0; episode < source.episodes; episode++) {
    if (Number(data[episode]) !== wanted) continue;
    const start = episode === 0 ? 0 : source.episodeEnds[episode - 1]!;
    const end = source.episodeEnds[episode]!;
    const last = ranges.at(-1);
    if (last !== undefined && last.end === start) last.end = end;
    else if (end > start) ranges.push({ start, end });
  }
  return ranges;
}

/** Returns the parts of sorted ranges that are in [start, end). */
export function intersect(ranges: readonly RowRange[], start: number, end: number): RowRange[] {
  // The first range that ends behind `start`, by bisection: a dataset can have a million.
  let low = 0, high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  const parts: RowRange[] = [];
  for (let i = low; i < ranges.length && ranges[i]!.start < end; i++) {
    parts.push({ start: Math.max(start, ranges[i]!.start), end: Math.min(end, ranges[i]!.end) });
  }
  return parts;
}

/**
 * Number of rows in ranges.
 *
 * @param stride Only rows whose index is a multiple of it count
 */
export function countRows(ranges: readonly RowRange[], stride = 1): number {
  return ranges.reduce(
    (sum, { start, end }) => sum + Math.ceil(end / stride) - Math.ceil(start / stride),
    0,
  );
}

/**
 * Reads rows of an input, normalised.
 *
 * @param parts Ranges in ascending order, read in one span from the first's start to the last's end
 * @param out receives `[rows, width]`
 * @param stride Only rows whose index is a multiple of it are taken
 */
export async function readRows(
  source: EpisodeSource,
  columns: InputColumns,
  parts: readonly RowRange[],
  out: Float32Array,
  stride = 1,
): Promise<void> {
  const { mean, scale, fields, encode } = columns, width = mean.length;
  const first = parts[0]?.start ?? 0, last = parts.at(-1)?.end ?? 0;
  const read = [];
  for (const field of fields) {
    const { data, shape } = await source.readSteps(field, first, last);
    read.push({ data, size: rowSize(shape) });
  }
  const row = new Float64Array(read.reduce((sum, { size }) => sum + size, 0));
  const encoded = encode === undefined ? row : new Float64Array(width);
  let at = 0;
  for (const { start, end } of parts) {
    for (let index = Math.ceil(start / stride) * stride; index < end; index += stride) {
      let offset = 0;
      for (const { data, size } of read) {
        const from = (index - first) * size;
        for (let j = 0; j < size; j++) row[offset++] = Number(data[from + j]);
      }
      encode?.(row, encoded);
      for (let j = 0; j < width; j++) out[at++] = (encoded[j]! - mean[j]!) / scale[j]!;
    }
  }
}
