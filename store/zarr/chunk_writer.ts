import * as zarr from "zarrita";
import type { JsonValue } from "../../core/canonical.ts";
import { type ColumnData, type DType, rowSize } from "../../core/episode.ts";
import { CODECS, registerCodecs } from "./codecs.ts";
import { writableFiles } from "./groups.ts";
import type { FileWriter } from "./writer.ts";

/** Zarr v3 arrays of rows, chunked along the first axis only. */

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

/** Writes chunks of an array, wherever in it they belong. */
export class ChunkWriter {
  readonly #array: zarr.Array<zarr.DataType, zarr.AsyncMutable>;
  readonly #layout: ArrayLayout;

  private constructor(array: zarr.Array<zarr.DataType, zarr.AsyncMutable>, layout: ArrayLayout) {
    this.#array = array;
    this.#layout = layout;
  }

  /** Writes the metadata of an array. */
  static create(writer: FileWriter, layout: ArrayLayout): Promise<ChunkWriter> {
    return ChunkWriter.#over(writableFiles(writer), layout);
  }

  /** Opens an array whose metadata something else writes. */
  static open(writer: FileWriter, layout: ArrayLayout): Promise<ChunkWriter> {
    const { get, set } = writableFiles(writer);
    return ChunkWriter.#over({
      get,
      set: (key, data) => key.endsWith(".json") ? Promise.resolve() : set(key, data),
    }, layout);
  }

  static async #over(files: zarr.AsyncMutable, layout: ArrayLayout): Promise<ChunkWriter> {
    const { path, dtype, shape, rows, chunkRows, attributes } = layout;
    const array = await zarr.create(zarr.root(files).resolve(path), {
      shape: [rows, ...shape],
      chunkShape: [chunkRows, ...shape],
      dtype: dtype as zarr.DataType,
      codecs: CODECS,
      // A number for every type: JSON, in which it is written, has no bigint.
      fillValue: (dtype === "bool" ? false : 0) as zarr.Scalar<zarr.DataType>,
      chunkSeparator: ".", // one directory an array: fewer to make and to flush
      attributes: { ...attributes },
    });
    return new ChunkWriter(array, layout);
  }

  /**
   * Writes whole chunks, or the last.
   *
   * @param row The first of their rows
   * @param data Flat and row-major
   */
  async write(row: number, data: ColumnData): Promise<void> {
    const { shape, dtype, chunkRows } = this.#layout;
    const size = rowSize(shape), whole = shape.map(() => null);
    for (let from = 0; from < data.length; from += chunkRows * size) {
      const chunk = data.subarray(from, from + chunkRows * size);
      const first = row + from / size, rows = chunk.length / size;
      await zarr.set(this.#array, [zarr.slice(first, first + rows), ...whole], {
        data: toZarr(dtype, chunk),
        shape: [rows, ...shape],
        stride: stridesOf(shape),
      });
    }
  }
}

function toZarr(dtype: DType, data: ColumnData): zarr.TypedArray<zarr.DataType> {
  if (dtype !== "bool") return data as zarr.TypedArray<zarr.DataType>; // the dtypes are zarr's
  return new zarr.BoolArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
}

/** Row-major strides of rows of a shape. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = [1];
  for (let axis = shape.length - 1; axis >= 0; axis--) strides.unshift(strides[0]! * shape[axis]!);
  return strides;
}
