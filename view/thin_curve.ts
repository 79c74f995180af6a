import type { Curve } from "./report_model.ts";

/** Points that a chart half a page wide can show apart. */
const MAX_CURVE_POINTS = 300;

/**
 * A curve of at most {@linkcode MAX_CURVE_POINTS} points: the means of as many equal pieces. Values
 * that are not finite are left out.
 */
export function thinCurve({ name, steps, values }: Curve): Curve {
  const kept = values.flatMap((value, i) =>
    Number.isFinite(value) && steps[i] !== undefined ? [{ step: steps[i], value }] : []
  );
  const pieces = Math.min(kept.length, MAX_CURVE_POINTS);
  const thinned = Array.from({ length: pieces }, (_, piece) => {
    const start = Math.floor(piece * kept.length / pieces);
    const end = Math.floor((piece + 1) * kept.length / pieces);
    const rows = kept.slice(start, end);
    const mean = (of: (row: { step: number; value: number }) => number) =>
      rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    return { step: Math.round(mean((row) => row.step)), value: mean((row) => row.value) };
  });
  return { name, steps: thinned.map(({ step }) => step), values: thinned.map((row) => row.value) };
}
