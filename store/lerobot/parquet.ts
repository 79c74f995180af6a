import * as fs from "node:fs";
import { dirname, join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { DType } from "../../core/episode.ts";
import { type FileIndex, fileIndex, filePath } from "./layout.ts";

/** Parquet files as pyarrow reads them: flat columns, lists, lists of lists, and PNG files. */

/** A column. */
export interface ParquetColumn {
  readonly name: string;
  /** Type of the values; `png` is a record `{ bytes, path }`, as Hugging Face stores images. */
  readonly type: DType | "string" | "png";
  /** Lists in lists: 0 for plain values. */
  readonly depth: number;
}

/** Rows by column: numbers, bigints for `int64`, texts, or arrays of them. */
export type ParquetRows = Readonly<Record<string, readonly unknown[]>>;

const TYPES: Readonly<Record<DType | "string", Omit<SchemaElement, "name">>> = {
  bool: { type: "BOOLEAN" },
  uint8: { type: "INT32", converted_type: "UINT_8" },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  float32: { type: "FLOAT" },
  float64: { type: "DOUBLE" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

function elementsOf({ name, type, depth }: ParquetColumn): SchemaElement[] {
  if (depth > 0) {
    return [
      { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...elementsOf({ name: "element", type, depth: depth - 1 }),
    ];
  }
  if (type !== "png") return [{ name, repetition_type: "OPTIONAL", ...TYPES[type] }];
  return [
    { name, repetition_type: "OPTIONAL", num_children: 2 },
    { name: "bytes", repetition_type: "OPTIONAL", type: "BYTE_ARRAY" },
    { name: "path", repetition_type: "OPTIONAL", ...TYPES.string },
  ];
}

/** Parquet file that is being written. */
export class ParquetFile {
  readonly #writer: ParquetWriter;
  readonly #columns: readonly ParquetColumn[];

  /** @param metadata Key and value pairs of the file */
  constructor(
    path: string,
    columns: readonly ParquetColumn[],
    metadata: Readonly<Record<string, string>> = {},
  ) {
    fs.mkdirSync(dirname(path), { recursive: true });
    this.#columns = columns;
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [{ name: "schema", num_children: columns.length }, ...columns.flatMap(elementsOf)],
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy: "sluice",
    });
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#writer.writer.offset;
  }

  /** Appends rows as a group of their own. */
  async write(rows: ParquetRows): Promise<void> {
    const columnData = this.#columns.map(({ name }) => ({
      name,
      data: [...rows[name]!],
      offsetIndex: false, // kept in memory until the end, for readers of single pages
    }));
    if (columnData[0]!.data.length === 0) return;
    await this.#writer.write({ columnData, rowGroupSize: columnData[0]!.data.length });
  }

  async finish(): Promise<void> {
    await this.#writer.finish();
  }
}

/** Files `chunk-000/file-000.parquet` and so on, of which each is closed when it is large enough. */
export class ParquetSeries {
  readonly #directory: string;
  readonly #columns: readonly ParquetColumn[];
  readonly #limit: number;
  #file: ParquetFile | null = null;
  #files = 0;

  /** @param limit Bytes from which on a file is closed */
  constructor(directory: string, columns: readonly ParquetColumn[], limit: number) {
    this.#directory = directory;
    this.#columns = columns;
    this.#limit = limit;
  }

  /** The file that the next rows go to. */
  async open(): Promise<FileIndex> {
    if (this.#file !== null && this.#file.bytes >= this.#limit) await this.finish();
    if (this.#file === null) {
      const path = filePath(fileIndex(this.#files++), "parquet");
      this.#file = new ParquetFile(join(this.#directory, path), this.#columns);
    }
    return fileIndex(this.#files - 1);
  }

  /** Appends rows to the file that {@linkcode open} named. */
  async write(rows: ParquetRows): Promise<void> {
    await this.#file?.write(rows);
  }

  async finish(): Promise<void> {
    await this.#file?.finish();
    this.#file = null;
  }
}
