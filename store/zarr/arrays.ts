import * as zarr from "zarrita";
import { type JsonValue, requireJson } from "../../core/canonical.ts";
import {
  type ColumnData,
  copyData,
  createColumnData,
  type DType,
  rowSize,
} from "../../core/episode.ts";
import { DamagedStoreError, messageOf } from "../../core/errors.ts";
import { CODECS, registerCodecs } from "./codecs.ts";
import type { CommittedFiles } from "./reader.ts";
import type { FileWriter } from "./writer.ts";

/** Zarr v3 arrays of rows: chunked along the first axis only, written by whole chunks in order. */

registerCodecs();

/** Layout of one array. */
export interface ArrayLayout {
  /** Path within the directory, e.g. `data/observation/joint_pos`. */
  readonly path: string;
  readonly dtype: DType;
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly chunkRows: number;
  readonly attributes: Readonly<Record<string, JsonValue>>;
}

/**
 * Returns files to which zarrita writes: it reads nothing back, because chunks are written whole.
 */
function writableFiles(writer: FileWriter): zarr.AsyncMutable {
  return {
    get: () => Promise.resolve(undefined),
    set: (key, data) => writer.write(key.slice(1), data),
  };
}

/** Writes the metadata of a group; `""` is the root. */
export async function writeGroup(
  writer: FileWriter,
  path: string,
  attributes: Readonly<Record<string, JsonValue>> = {},
): Promise<void> {
  requireJson(attributes, `${path}/zarr.json`);
  await zarr.create(zarr.root(writableFiles(writer)).resolve(path), {
    attributes: { ...attributes },
  });
}

/**
 * Writes the groups between a group and some arrays, so that tools list what is in them.
 *
 * @param within The group, which is written already; `""` is the root
 * @param paths Of arrays, from the group on
 */
export async function writeGroupsBetween(
  writer: FileWriter,
  within: string,
  paths: readonly string[],
): Promise<void> {
  const groups = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) groups.add(parts.slice(0, depth).join("/"));
  }
  for (const group of [...groups].sort()) {
    await writeGroup(writer, within === "" ? group : `${within}/${group}`);
  }
}

/** Appends rows to a new array. */
export class ArrayWriter {
  readonly #array: zarr.Array<zarr.DataType, zarr.AsyncMutable>;
  readonly #layout: ArrayLayout;
  readonly #rowSize: number;
  /** Rows of the current chunk; made when rows come that do not fill one. */
  #buffer: ColumnData | null = null;
  #buffered = 0;
  #written = 0;

  private constructor(
    array: zarr.Array<zarr.DataType, zarr.AsyncMutable>,
    layout: ArrayLayout,
  ) {
    this.#array = array;
    this.#layout = layout;
    this.#rowSize = rowSize(layout.shape);
  }

  /** Writes the metadata of an array. */
  static async create(writer: FileWriter, layout: ArrayLayout): Promise<ArrayWriter> {
    const { path, dtype, shape, rows, chunkRows, attributes } = layout;
    const array = await zarr.create(zarr.root(writableFiles(writer)).resolve(path), {
      shape: [rows, ...shape],
      chunkShape: [chunkRows, ...shape],
      dtype: dtype as zarr.DataType,
      codecs: CODECS,
      // A number for every type: JSON, in which it is written, has no bigint.
      fillValue: (dtype === "bool" ? false : 0) as zarr.Scalar<zarr.DataType>,
      chunkSeparator: ".", // one directory an array: fewer to make and to flush
      attributes: { ...attributes },
    });
    return new ArrayWriter(array, layout);
  }

  /** Appends rows, flat and row-major; chunks that become full are written. */
  async append(data: ColumnData): Promise<void> {
    const chunkSize = this.#layout.chunkRows * this.#rowSize;
    let start = 0;
    while (start < data.length) {
      if (this.#buffered === 0 && data.length - start >= chunkSize) {
        await this.#writeChunk(data.subarray(start, start + chunkSize));
        start += chunkSize;
        continue;
      }
      this.#buffer ??= createColumnData(this.#layout.dtype, chunkSize);
      const count = Math.min(chunkSize - this.#buffered, data.length - start);
      copyData(this.#buffer, data.subarray(start, start + count), this.#buffered);
      this.#buffered += count;
      start += count;
      if (this.#buffered === chunkSize) await this.#writeBuffer();
    }
  }

  /**
   * Writes the last chunk.
   *
   * @throws {RangeError} If the rows are not as many as the layout says
   */
  async finish(): Promise<void> {
    if (this.#buffered > 0) await this.#writeBuffer();
    const { path, rows } = this.#layout;
    if (this.#written === rows) return;
    throw new RangeError(
      `Cannot write array "${path}": expected ${rows} rows, found ${this.#written}`,
    );
  }

  async #writeBuffer(): Promise<void> {
    await this.#writeChunk(this.#buffer!.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  async #writeChunk(data: ColumnData): Promise<void> {
    const { shape, dtype } = this.#layout;
    const rows = this.#rowSize === 0 ? 0 : data.length / this.#rowSize;
    const from = this.#written;
    const whole = shape.map(() => null);
    await zarr.set(this.#array, [zarr.slice(from, from + rows), ...whole], {
      data: toZarr(dtype, data),
      shape: [rows, ...shape],
      stride: stridesOf(shape),
    });
    this.#written += rows;
  }
}

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

function toZarr(dtype: DType, data: ColumnData): zarr.TypedArray<zarr.DataType> {
  if (dtype !== "bool") return data as zarr.TypedArray<zarr.DataType>; // the dtypes are zarr's
  return new zarr.BoolArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
}

function fromZarr(dtype: DType, data: zarr.TypedArray<zarr.DataType>): ColumnData {
  if (dtype !== "bool") return data as ColumnData; // see toZarr()
  const { buffer, byteOffset, length } = data as zarr.BoolArray;
  return new Uint8Array(buffer, byteOffset, length);
}

/** Row-major strides of rows of a shape. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = [1];
  for (let axis = shape.length - 1; axis >= 0; axis--) strides.unshift(strides[0]! * shape[axis]!);
  return strides;
}

/** Returns the error that a codec threw, which zarrita wraps. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
