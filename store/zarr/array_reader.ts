import * as zarr from "zarrita";
import {
  type ColumnData,
  copyData,
  createColumnData,
  type DType,
  rowSize,
} from "../../core/episode.ts";
import { DamagedStoreError, messageOf } from "../../core/errors.ts";
import { registerCodecs } from "./codecs.ts";
import type { CommittedFiles } from "./reader.ts";

registerCodecs();

/** Reads an array that a commit names. */
export class ArrayReader {
  readonly path: string;
  readonly dtype: DType;
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly chunkRows: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly #array: zarr.Array<zarr.DataType>;
  readonly #files: CommittedFiles;

  private constructor(array: zarr.Array<zarr.DataType>, path: string, files: CommittedFiles) {
    const [rows = 0, ...shape] = array.shape;
    this.path = path;
    this.dtype = array.dtype as DType; // only these are written
    this.shape = shape;
    this.rows = rows;
    this.chunkRows = array.chunks[0] ?? 1;
    this.attributes = array.attrs;
    this.#array = array;
    this.#files = files;
  }

  /** @throws {DamagedStoreError} If its metadata is damaged or missing */
  static async open(files: CommittedFiles, path: string): Promise<ArrayReader> {
    try {
      const array = await zarr.open.v3(zarr.root(files).resolve(path), { kind: "array" });
      return new ArrayReader(array, path, files);
    } catch (error) {
      if (error instanceof DamagedStoreError) throw error;
      throw new DamagedStoreError({
        action: `open array "${path}" of`,
        place: files.directory,
        problem: messageOf(error),
        remedy: files.remedy,
      });
    }
  }

  /** Scalars of one row. */
  get rowSize(): number {
    return rowSize(this.shape);
  }

  /** Number of chunks. */
  get chunks(): number {
    return Math.ceil(this.rows / this.chunkRows);
  }

  /**
   * The rows of one chunk.
   *
   * @throws {DamagedStoreError} If its bytes are not those that were written, naming it
   */
  async readChunk(index: number): Promise<ColumnData> {
    const rows = Math.min(this.chunkRows, this.rows - index * this.chunkRows);
    try {
      const coordinates = [index, ...this.shape.map(() => 0)];
      const { data } = await this.#array.getChunk(coordinates);
      return fromZarr(this.dtype, data).subarray(0, rows * this.rowSize);
    } catch (error) {
      if (error instanceof DamagedStoreError) throw error;
      throw new DamagedStoreError({
        action: `read array "${this.path}", chunk ${index}, of`,
        place: this.#files.directory,
        problem: messageOf(causeOf(error)),
        remedy: this.#files.remedy,
      });
    }
  }

  /**
   * Rows [start, end).
   *
   * @param readChunk A chunk by index; pass one that keeps chunks where they are read again
   * @throws {RangeError} If there are no such rows
   */
  async readRows(
    start = 0,
    end = this.rows,
    readChunk: (index: number) => Promise<ColumnData> = (index) => this.readChunk(index),
  ): Promise<ColumnData> {
    if (!(0 <= start && start <= end && end <= this.rows)) {
      throw new RangeError(
        `Cannot read rows [${start}, ${end}) of "${this.path}": expected rows of [0, ${this.rows})`,
      );
    }
    const { chunkRows, rowSize } = this;
    const out = createColumnData(this.dtype, (end - start) * rowSize);
    for (let row = start; row < end;) {
      const index = Math.floor(row / chunkRows);
      const last = Math.min(end, (index + 1) * chunkRows);
      const chunk = await readChunk(index);
      const from = (row - index * chunkRows) * rowSize;
      const part = chunk.subarray(from, from + (last - row) * rowSize);
      copyData(out, part, (row - start) * rowSize);
      row = last;
    }
    return out;
  }
}

function fromZarr(dtype: DType, data: zarr.TypedArray<zarr.DataType>): ColumnData {
  if (dtype !== "bool") return data as ColumnData; // only these are written
  const { buffer, byteOffset, length } = data as zarr.BoolArray;
  return new Uint8Array(buffer, byteOffset, length);
}

/** Returns the error that a codec threw, which zarrita wraps. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
