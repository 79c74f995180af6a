import type { EpisodeSource } from "../../core/episode.ts";
import { type BatchSource, copyRows } from "./batch_source.ts";
import {
  countRows,
  type InputColumns,
  readRows,
  readSplit,
  type RowRange,
} from "./episode_rows.ts";

/** Rows on which the validation loss is measured at most: a pass then costs 1 % of 1,000 steps. */
const VALIDATION_ROWS = 2048;
/** Neighbouring rows that are taken together from a larger split: few reads, many episodes. */
const VALIDATION_RUN = 32;

/**
 * Rows of the validation split, in order and always the same: all of them, or runs evenly spaced
 * over the split. `prepare` is not needed.
 *
 * @param stride Only rows whose index in the dataset is a multiple of it are taken
 */
export async function openValidationRows(
  source: EpisodeSource,
  columns: readonly InputColumns[],
  stride = 1,
): Promise<BatchSource> {
  const ranges = thin(await readSplit(source, "validation"), stride);
  const rows = countRows(ranges, stride);
  const data = new Map<string, Float32Array>();
  for (const column of columns) {
    const width = column.mean.length, values = new Float32Array(rows * width);
    let at = 0;
    for (const range of ranges) {
      const size = countRows([range], stride) * width;
      await readRows(source, column, [range], values.subarray(at, at + size), stride);
      at += size;
    }
    data.set(column.input, values);
  }
  return {
    rows,
    prepare: () => undefined,
    fill: (input, first, count, out, stride) =>
      copyRows(data.get(input)!, first, count, out, stride, rows),
  };
}

/** Selects about `VALIDATION_ROWS` rows of the ranges at most, in evenly spaced runs. */
function thin(ranges: readonly RowRange[], stride: number): readonly RowRange[] {
  const total = countRows(ranges);
  if (total <= VALIDATION_ROWS * stride) return ranges;
  const runs = VALIDATION_ROWS / VALIDATION_RUN;
  const thinned: RowRange[] = [];
  let range = 0, before = 0;
  for (let run = 0; run < runs; run++) {
    const position = Math.floor(run * total / runs);
    while (before + ranges[range]!.end - ranges[range]!.start <= position) {
      before += ranges[range]!.end - ranges[range]!.start;
      range++;
    }
    const start = ranges[range]!.start + position - before;
    thinned.push({ start, end: Math.min(ranges[range]!.end, start + VALIDATION_RUN * stride) });
  }
  return thinned;
}
