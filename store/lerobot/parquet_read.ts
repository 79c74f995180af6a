import * as fs from "node:fs";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type RowGroup,
} from "hyparquet";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { getTreePath } from "hyparquet/src/schema.js";
import { requireSoundPages } from "./parquet_pages.ts";
import { regularFileSize } from "./regular_file.ts";

/** Values of some columns, a record a row: bigints for 64-bit integers, lists as arrays. */
export type ParquetRecord = Readonly<Record<string, unknown>>;

/** Codecs of files other than Snappy, which the library has itself. Their output is bounded. */
const CODECS: Compressors = {
  GZIP: (data, size) => gunzipSync(data, { maxOutputLength: Math.max(1, size) }),
  ZSTD: (data, size) => zstdDecompressSync(data, { maxOutputLength: Math.max(1, size) }),
  BROTLI: (data, size) => brotliDecompressSync(data, { maxOutputLength: Math.max(1, size) }),
};

/** Codecs that can be read. */
const KNOWN_CODECS = ["UNCOMPRESSED", "SNAPPY", ...Object.keys(CODECS)];

/**
 * Bytes of the columns of a group that are held as records at a time, and rows where these are more:
 * for each part of a group its pages are decoded again.
 */
const BYTES_AT_ONCE = 48 * 2 ** 20, ROWS_AT_ONCE = 256;

/** Rows that a byte of a file can stand for, at most: equal ones take next to none. */
const MAX_ROWS_PER_BYTE = 1000n;

/** A Parquet file that somebody else wrote, open for reading. */
export class ParquetSource implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;

  private constructor(path: string, descriptor: number, file: AsyncBuffer, metadata: FileMetaData) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#file = file;
    this.#metadata = metadata;
  }

  /** @throws {InvalidInputError} If there is no such file, or it is damaged */
  static async open(path: string): Promise<ParquetSource> {
    let descriptor: number | null = null;
    try {
      if (regularFileSize(path) === null) throw new TypeError("no file that can be read");
      descriptor = fs.openSync(path, "r");
      const file = bufferOf(descriptor);
      const source = new ParquetSource(path, descriptor, file, await parquetMetadataAsync(file));
      source.#requireSound();
      return source;
    } catch (error) {
      if (descriptor !== null) fs.closeSync(descriptor);
      throw unreadable(path, error);
    }
  }

  /** Refuses what the library would read without end, or not at all. */
  #requireSound(): void {
    const { schema, row_groups } = this.#metadata;
    if (schema.some(({ num_children = 0 }) => num_children >= schema.length)) {
      throw new RangeError("more columns than it names");
    }
    for (const { columns, num_rows } of row_groups) {
      if (num_rows < 0n || num_rows > BigInt(this.#file.byteLength) * MAX_ROWS_PER_BYTE) {
        throw new RangeError(`a group of ${num_rows} rows in ${this.#file.byteLength} bytes`);
      }
      for (const { meta_data } of columns) {
        if (meta_data === undefined || KNOWN_CODECS.includes(meta_data.codec)) continue;
        throw new InvalidInputError({
          action: "read",
          place: this.#path,
          expected: `a codec of ${KNOWN_CODECS.join(", ")}`,
          found: meta_data.codec,
          remedy: "write it anew by one of them",
        });
      }
    }
  }

  /** Number of rows, as the file says. */
  get rows(): number {
    return Number(this.#metadata.num_rows);
  }

  /** Names of the columns. */
  get columns(): readonly string[] {
    const { schema } = this.#metadata;
    const names: string[] = [];
    let at = 1; // behind the root
    const skip = () => {
      const children = schema[at++]?.num_children ?? 0;
      for (let child = 0; child < children; child++) skip();
    };
    while (at < schema.length) {
      names.push(schema[at]!.name);
      skip();
    }
    return names;
  }

  /**
   * All rows, some at a time.
   *
   * @throws {InvalidInputError} If the file lacks a column or is damaged
   */
  async *read(columns: readonly string[]): AsyncGenerator<readonly ParquetRecord[]> {
    const missing = columns.find((name) => !this.columns.includes(name));
    if (missing !== undefined) {
      throw new InvalidInputError({
        action: "read",
        place: this.#path,
        expected: `column "${missing}"`,
        found: this.columns.join(", "),
        remedy: "copy the dataset again",
      });
    }
    let first = 0;
    for (const group of this.#metadata.row_groups) {
      const end = first + Number(group.num_rows), atOnce = rowsAtOnce(group, columns);
      this.#requireSoundPages(group, columns);
      for (let rowStart = first; rowStart < end; rowStart += atOnce) {
        yield await this.#records([...columns], rowStart, Math.min(end, rowStart + atOnce));
      }
      first = end;
    }
  }

  #requireSoundPages({ columns }: RowGroup, wanted: readonly string[]): void {
    try {
      const tree = parquetSchema(this.#metadata);
      for (const { meta_data: metadata } of columns) {
        if (metadata === undefined || !wanted.includes(metadata.path_in_schema[0]!)) continue;
        const path = getTreePath(tree, metadata.path_in_schema);
        const start = Number(metadata.dictionary_page_offset || metadata.data_page_offset);
        const end = start + Number(metadata.total_compressed_size);
        if (!(start >= 0 && start < end && end <= this.#file.byteLength)) {
          throw new RangeError(`a column from byte ${start} to ${end}`);
        }
        const bytes = new Uint8Array(end - start);
        fs.readSync(this.#descriptor, bytes, 0, bytes.length, start);
        requireSoundPages({ bytes, metadata, path, compressors: CODECS });
      }
    } catch (error) {
      throw unreadable(this.#path, error);
    }
  }

  async #records(
    columns: string[],
    rowStart: number,
    rowEnd: number,
  ): Promise<readonly ParquetRecord[]> {
    try {
      const records = await parquetReadObjects({
        file: this.#file,
        metadata: this.#metadata,
        compressors: CODECS,
        utf8: false, // PNG files are bytes; columns of text say that they are
        columns,
        rowStart,
        rowEnd,
      });
      if (records.length === rowEnd - rowStart) return records;
      throw new RangeError(`${records.length} of ${rowEnd - rowStart} rows`);
    } catch (error) {
      throw unreadable(this.#path, error);
    }
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}

/** Rows of a group that are read at a time. */
function rowsAtOnce({ num_rows, columns }: RowGroup, wanted: readonly string[]): number {
  const bytes = columns.reduce((sum, { meta_data }) => {
    const isWanted = meta_data !== undefined && wanted.includes(meta_data.path_in_schema[0]!);
    return isWanted ? sum + Number(meta_data.total_uncompressed_size) : sum;
  }, 0);
  const share = Number(num_rows) / Math.max(1, bytes / BYTES_AT_ONCE);
  return Math.max(ROWS_AT_ONCE, Math.ceil(share));
}

/** Reads at once: slices are small, and a stream that is given up would stay open. */
function bufferOf(descriptor: number): AsyncBuffer {
  const byteLength = fs.fstatSync(descriptor).size;
  return {
    byteLength,
    slice(start, end = byteLength) {
      const data = new Uint8Array(end - start);
      fs.readSync(descriptor, data, 0, data.length, start);
      return data.buffer;
    },
  };
}

function unreadable(path: string, error: unknown): InvalidInputError {
  if (error instanceof InvalidInputError) return error;
  return new InvalidInputError({
    action: "read",
    place: path,
    expected: "a Parquet file",
    found: messageOf(error),
    remedy: "copy the dataset again",
  });
}
