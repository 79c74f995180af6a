import type { Dataset } from "h5wasm";
import type { ColumnData, DType } from "../../core/episode.ts";

/** Datasets of HDF5, and what their elements become. */

/** Description of a dataset in a file, as declared there. */
export interface DatasetInfo {
  readonly path: string;
  /** First the rows; empty of a single value. */
  readonly shape: readonly number[];
  /** First column of a part of a matrix; absent for a whole dataset. */
  readonly first?: number;
  /** Type to which its elements are converted; null if they are not numbers. */
  readonly dtype: DType | null;
  /** Its own name of its elements, e.g. `float16`. */
  readonly type: string;
  /** Bytes of an element. */
  readonly size: number;
}

/** `H5T_class_t` of HDF5. */
const CLASSES: Readonly<Record<number, string>> = {
  0: "integer",
  1: "float",
  3: "string",
  4: "bitfield",
  5: "opaque",
  6: "compound",
  7: "reference",
  8: "enum",
  9: "vlen",
  10: "array",
};

/** Element types and what they become. float16 and unsigned 64-bit integers have no array to be in. */
export const DTYPES: Readonly<Record<string, DType>> = {
  float64: "float64",
  float32: "float32",
  int64: "int64",
  uint32: "int64",
  int32: "int32",
  uint16: "int32",
  int16: "int32",
  int8: "int32",
  uint8: "uint8",
  bool: "bool",
};

/** The name of an element type, as NumPy calls it. */
export function nameOfType(
  { type, size, signed, enum_type }: Dataset["metadata"],
): string {
  const members = Object.keys(enum_type?.members ?? {}).toSorted().join();
  if (type === 8 && members === "FALSE,TRUE") return "bool"; // as h5py writes it
  if (type === 0 || type === 8) return `${signed ? "" : "u"}int${8 * size}`;
  return type === 1 ? `float${8 * size}` : CLASSES[type] ?? "unknown";
}

/**
 * Copies numbers into a column.
 *
 * @param at Where they begin
 * @throws {RangeError} If integers of 64 bits are to become smaller ones
 */
export function convertInto(
  target: ColumnData,
  values: ArrayLike<number | bigint>,
  at: number,
): void {
  if (target instanceof BigInt64Array) {
    for (let i = 0; i < values.length; i++) target[at + i] = BigInt(values[i]!);
  } else if (values instanceof BigInt64Array) {
    throw new RangeError("Cannot convert 64-bit integers to a smaller type");
  } else {
    target.set(values as ArrayLike<number>, at); // only BigInt64Array holds others
  }
}
