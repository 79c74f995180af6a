import * as fs from "node:fs";
import { join } from "node:path";
import type { ImportFaults } from "../imports/fault.ts";
import { readJsonLines } from "./json_lines.ts";
import { ParquetSource } from "./parquet_read.ts";

/** Texts that indices of rows stand for: the tasks of a dataset, and subtasks. */

export interface IndexedTexts {
  readonly texts: readonly string[];
  /** Place of the text of each index of the source: the two differ where that has gaps. */
  readonly places: ReadonlyMap<number, number>;
}

export interface TextsOptions {
  readonly name: "task" | "subtask";
  /** Whether the texts are in lines of JSON, as in LeRobot v2. */
  readonly isLines: boolean;
  readonly faults: ImportFaults;
}

/** The texts of `meta/tasks.parquet` or its like; none if there is no such file. */
export async function readTexts(
  directory: string,
  { name, isLines, faults }: TextsOptions,
): Promise<IndexedTexts> {
  const file = `meta/${name}s.${isLines ? "jsonl" : "parquet"}`, path = join(directory, file);
  if (!fs.existsSync(path)) return { texts: [], places: new Map() };
  const place = JSON.stringify(file), byIndex = new Map<number, string>();
  const rows = isLines ? readJsonLines(path, place, faults) : readTable(path, `${name}_index`);
  for await (const row of rows) {
    const index = Number(row[`${name}_index`]), text = row["text"] ?? row[name];
    if (!Number.isSafeInteger(index) || index < 0 || byIndex.has(index)) {
      throw faults.refuse({
        code: "bad_index",
        place,
        message: `expected integers from 0 on, each once, as ${name}_index, found ` +
          `${row[`${name}_index`]}: give each ${name} an index of its own`,
      });
    }
    byIndex.set(index, String(text ?? ""));
  }
  const indices = [...byIndex.keys()].sort((a, b) => a - b);
  const gap = indices.findIndex((index, at) => index !== at);
  if (gap >= 0) {
    faults.report({
      code: "index_gap",
      severity: "note",
      place,
      message: `expected indices from 0 to ${indices.length - 1}, found ${indices[gap]} in place ` +
        `of ${gap}: they are numbered anew`,
    });
  }
  return {
    texts: indices.map((index) => byIndex.get(index)!),
    places: new Map(indices.map((index, at) => [index, at])),
  };
}

/** Rows with the index and `text`. */
async function* readTable(path: string, index: string) {
  using source = await ParquetSource.open(path);
  // pandas calls an index without a name so; later versions of LeRobot name it.
  const others = source.columns.filter((name) => name !== index);
  const text = ["task", "subtask", "__index_level_0__"].find((name) => others.includes(name)) ??
    others[0] ?? "task";
  for await (const rows of source.read([index, text])) {
    for (const row of rows) yield { [index]: row[index], text: row[text] };
  }
}
