import { renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { digestsOf, figuresOf, type ListedRun } from "./run_list.ts";

/** Runs as a table with one row each, as notebooks read it: CSV (RFC 4180) and Parquet. */

/** A column by its name; null where a run has no such value. */
export interface RunColumn {
  readonly name: string;
  readonly type: "float64" | "string";
  readonly values: readonly (number | string | null)[];
}

/**
 * The columns of some runs: what a run is, then `seed.<stage>`, `override.<place>`,
 * `<stage>.<figure>` and `digest.<stage>`.
 */
export function tabulateRuns(runs: readonly ListedRun[]): readonly RunColumn[] {
  const rows = runs.map(rowOf);
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const order = new Map(names.map((name, at) => [name, at]));
  const groups = ["seed.", "override.", "digest."];
  const rank = (name: string) => groups.findIndex((group) => name.startsWith(group)) + 1;
  return names.toSorted((a, b) => rank(a) - rank(b) || order.get(a)! - order.get(b)!).map(
    (name) => {
      const values = rows.map((row) => row.get(name) ?? null);
      const isNumber = values.every((value) => value === null || typeof value === "number");
      return {
        name,
        type: isNumber ? "float64" : "string",
        values: isNumber ? values : values.map((value) => value === null ? null : String(value)),
      };
    },
  );
}

function rowOf(
  { pipeline, run, started, seed, seeds, changes, summary, damage }: ListedRun,
): ReadonlyMap<string, number | string | null> {
  const entries = Object.entries;
  return new Map<string, number | string | null>([
    ["pipeline", pipeline],
    ["run", run],
    ["status", damage === null ? summary?.status ?? null : "damaged"],
    ["started", started],
    ["seconds", summary?.seconds ?? null],
    ["seed", seed],
    ["digest", summary?.digest ?? null],
    ["error", summary?.error?.message ?? damage],
    ...entries(seeds ?? {}).map(([stage, value]) => [`seed.${stage}`, value] as const),
    ...entries(changes ?? {}).map(([place, value]) => [`override.${place}`, cell(value)] as const),
    ...(summary === null ? [] : [
      ...entries(figuresOf(summary)),
      ...entries(digestsOf(summary)).map(([stage, value]) => [`digest.${stage}`, value] as const),
    ]),
  ]);
}

function cell(value: JsonValue): number | string | null {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  return JSON.stringify(value);
}

/** The table as CSV; values that are not there are empty. */
export function csvText(columns: readonly RunColumn[]): string {
  const count = columns[0]?.values.length ?? 0;
  const lines = Array.from(
    { length: count },
    (_, row) => columns.map(({ values }) => quoted(values[row] ?? null)),
  );
  return [columns.map(({ name }) => quoted(name)), ...lines]
    .map((cells) => `${cells.join(",")}\r\n`).join("");
}

function quoted(value: number | string | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Writes the table as a Parquet file: whole, or not at all. @param path Absolute */
export async function writeParquet(path: string, columns: readonly RunColumn[]): Promise<void> {
  // Only here: whoever lists runs needs no other format.
  const { ParquetFile } = await import("../../store/foreign.ts");
  const aside = join(dirname(path), `.${basename(path)}.writing`);
  const file = new ParquetFile(aside, columns.map(({ name, type }) => ({ name, type, depth: 0 })));
  await file.write(Object.fromEntries(columns.map(({ name, values }) => [name, values])));
  await file.finish();
  renameSync(aside, path);
}
