import type { JsonValue } from "./canonical.ts";

/**
 * Tables of episodes as columns: what simulators produce, stores keep and trainers read. Rows of
 * all episodes are concatenated ("time-major", the contract of diffusion policy's replay buffer),
 * so a table of many episodes is a handful of flat arrays.
 */

/** Element types that a column can have; the names are zarr's. */
export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/** Bytes of one scalar of each column type. */
export const SCALAR_BYTES = {
  float32: 4,
  float64: 8,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
} as const;

/** The array that holds elements of a type. `bool` is held as 0 and 1. */
export type ColumnData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Name, type and meaning of one column of an episode table. */
export interface FieldSpec {
  readonly name: string;
  readonly dtype: DType;
  /** Shape of one row: `[7]` for seven joints, `[]` for a scalar. */
  readonly shape: readonly number[];
  readonly description: string;
  /** SI unit or `px`; absent if the number has none. */
  readonly unit?: string;
  /** Step to whose multiples numbers are rounded before use, a power of 2; absent if none. */
  readonly resolution?: number;
  /** Names of the components of a row, in order. */
  readonly components?: readonly string[];
  /** Bounds of the space, one number per component or one for all; absent if unbounded. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

/** The columns that the episodes of one environment have, and what a reader must know of it. */
export interface EpisodeSchema {
  readonly environment: string;
  /** Chosen options of the environment, by name; absent if it has none. */
  readonly options?: Readonly<Record<string, string | boolean>>;
  /** Control steps per second. */
  readonly controlHz: number;
  /**
   * One row per step: `observation/<name>`, `action`, `reward` ... Row t is what the policy saw at
   * t.
   */
  readonly step: readonly FieldSpec[];
  /** One row per episode: `candidate`, `success`, `return`, `final_observation/<name>` ... */
  readonly episode: readonly FieldSpec[];
}

/** One column: rows of `shape`, flat and row-major. */
export interface Column {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ColumnData;
}

/** Table of episodes of one schema. */
export interface EpisodeTable {
  /** `[E]` steps of each episode; their sum is the number of rows of every step column. */
  readonly lengths: Int32Array;
  readonly step: Readonly<Record<string, Column>>;
  readonly episode: Readonly<Record<string, Column>>;
}

/** Verdict of a check on one candidate. */
export interface Verdict {
  readonly candidate: number;
  readonly accepted: boolean;
  /** snake_case name of the check that refused it, null if accepted. */
  readonly reason: string | null;
  /** The numbers behind the verdict, e.g. `{ step: 12, joint: 3, found: 2.95, limit: 2.9 }`. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Number of scalars in one row of a shape. */
export function rowSize(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Size of one row of a field (bytes). */
export function rowBytes({ dtype, shape }: Pick<FieldSpec, "dtype" | "shape">): number {
  return rowSize(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Readonly<Record<DType, unknown>>;

/** A zeroed array of a type. */
export function createColumnData(dtype: DType, length: number): ColumnData {
  return new ARRAYS[dtype](length);
}

/** The array of a type that a buffer holds. */
export function columnDataOver(dtype: DType, buffer: ArrayBuffer): ColumnData {
  return new ARRAYS[dtype](buffer);
}

/**
 * The array of a column whose type is known by its name.
 *
 * @throws {TypeError} If it is of another type, or absent
 */
export function typedData<Data extends ColumnData>(
  data: ColumnData | undefined,
  type: new (length: number) => Data,
): Data {
  if (data instanceof type) return data;
  throw new TypeError(
    `Cannot read a column: expected a ${type.name}, found ${
      data === undefined ? "none" : `a ${data.constructor.name}`
    }`,
  );
}

/**
 * Copies a column into another, from an element on.
 *
 * @throws {TypeError} If one has integers of 64 bits and the other has not
 */
export function copyData(target: ColumnData, source: ColumnData, offset = 0): void {
  if (target instanceof BigInt64Array) target.set(typedData(source, BigInt64Array), offset);
  else if (!(source instanceof BigInt64Array)) target.set(source, offset);
  else typedData(target, BigInt64Array);
}

/** Mean, deviation and bounds of every component of a field over all rows of a dataset. */
export interface FieldStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** The splits that merge assigns, by episode; the index is what `meta/split` holds. */
export const SPLITS = ["train", "validation", "test"] as const;

/** Name of a split. */
export type Split = typeof SPLITS[number];

/** Read access to a merged dataset: what trainers see of a store. */
export interface EpisodeSource {
  readonly schema: EpisodeSchema;
  readonly episodes: number;
  readonly steps: number;
  /** `[episodes]` one past the last row of each episode. */
  readonly episodeEnds: Float64Array;
  /** Statistics of each step field over the rows of the training split. */
  readonly statistics: Readonly<Record<string, FieldStatistics>>;
  /** Rows [start, end) of a step field. */
  readSteps(field: string, start: number, end: number): Promise<Column>;
  /** All rows of an episode field (`candidate`, `success`, `split` ...). */
  readEpisodes(field: string): Promise<Column>;
  /** Releases the cache that it keeps for readers that come back; absent if it has none. */
  release?(): void;
}

/** A named array of float32 parameters. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A class of arithmetic: which order and rounding of every operation gave a network's numbers
 * (docs/arithmetic.md).
 */
export const ARITHMETICS = ["plain", "fma"] as const;

/** One of {@linkcode ARITHMETICS}. */
export type Arithmetic = typeof ARITHMETICS[number];

/** Trained network: enough to run it, to continue training from it and to export it. */
export interface SavedPolicy {
  /** Name of the registered model. */
  readonly model: string;
  /** Architecture and what it reads: JSON, e.g. `{ hidden: [256, 256], inputs: [...] }`. */
  readonly config: JsonValue;
  /** Parameters and normalisation, by name. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /**
   * Class that trained it, and in which it is run; absent in what is older than classes: `plain`.
   */
  readonly arithmetic?: Arithmetic;
}
