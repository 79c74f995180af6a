import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MetricsRow } from "../../learn/mod.ts";

/** Name of the file in a train stage that holds its metrics, one row of JSON a line. */
export const METRICS_FILE = "metrics.jsonl";

/** The metrics of a training, row by row: all of one that is committed, of another those so far. */
export async function readMetrics(directory: string): Promise<MetricsRow[]> {
  const lines = (await readFile(join(directory, METRICS_FILE), "utf8")).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}
