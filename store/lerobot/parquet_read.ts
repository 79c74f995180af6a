import * as fs from "node:fs";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { systemCode } from "../files/access.ts";

/** Values of some columns, a record a row: bigints for 64-bit integers, lists as arrays. */
export type ParquetRecord = Readonly<Record<string, unknown>>;

/** Codecs of files beside Snappy, which the library has itself. */
const CODECS: Compressors = {
  GZIP: (data) => gunzipSync(data),
  ZSTD: (data) => zstdDecompressSync(data),
  BROTLI: (data) => brotliDecompressSync(data),
};

/** Rows of a group that are held as records at a time. */
const ROWS_AT_ONCE = 4096;

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
      descriptor = fs.openSync(path, "r");
      const file = bufferOf(descriptor);
      return new ParquetSource(path, descriptor, file, await parquetMetadataAsync(file));
    } catch (error) {
      if (descriptor !== null) fs.closeSync(descriptor);
      throw unreadable(path, error);
    }
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
      throw new InvalidInputError(
        `Cannot read "${this.#path}": expected column "${missing}", found ` +
          `${this.columns.join(", ")}: copy the dataset again`,
      );
    }
    let first = 0;
    for (const { num_rows: rows } of this.#metadata.row_groups) {
      const end = first + Number(rows);
      for (let rowStart = first; rowStart < end; rowStart += ROWS_AT_ONCE) {
        yield await this.#records([...columns], rowStart, Math.min(end, rowStart + ROWS_AT_ONCE));
      }
      first = end;
    }
  }

  async #records(
    columns: string[],
    rowStart: number,
    rowEnd: number,
  ): Promise<readonly ParquetRecord[]> {
    try {
      return await parquetReadObjects({
        file: this.#file,
        metadata: this.#metadata,
        compressors: CODECS,
        utf8: false, // PNG files are bytes; columns of text say that they are
        columns,
        rowStart,
        rowEnd,
      });
    } catch (error) {
      throw unreadable(this.#path, error);
    }
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
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
  const found = systemCode(error) === "ENOENT" ? "no such file" : messageOf(error);
  return new InvalidInputError(
    `Cannot read "${path}": expected a Parquet file, found ${found}: copy the dataset again`,
  );
}
