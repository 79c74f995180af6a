import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import type { MetricsRow } from "../../learn/mod.ts";

/** Name of the file in a train stage that holds its metrics, one row of JSON a line. */
export const METRICS_FILE = "metrics.jsonl";

/**
 * The metrics of a training, row by row: all of one that is committed, of another those so far.
 *
 * @throws {DamagedStoreError} If the file has a line that is no row
 */
export async function readMetrics(directory: string): Promise<MetricsRow[]> {
  const file = join(directory, METRICS_FILE), rows: MetricsRow[] = [];
  for (const [index, line] of (await readFile(file, "utf8")).split("\n").entries()) {
    if (line === "") continue;
    const row = parseRow(line);
    if (row === null) {
      throw new DamagedStoreError({
        action: `read line ${index + 1} of`,
        place: file,
        expected: "a row of a training's metrics",
        found: "something else",
        remedy: "remove the file, or the stage's directory to have it computed again",
      });
    }
    rows.push(row);
  }
  return rows;
}

/** Parses a row of the file, null if the line is none. */
function parseRow(line: string): MetricsRow | null {
  let row: MetricsRow;
  try {
    row = JSON.parse(line);
  } catch {
    return null;
  }
  if (row === null || typeof row !== "object" || !Number.isFinite(row.step)) return null;
  // JSON has null for what is not finite.
  const isFigure = (value: unknown) => value === null || typeof value === "number";
  const { loss, validationLoss, learningRate } = row;
  return [loss, validationLoss, learningRate].every(isFigure) ? row : null;
}
