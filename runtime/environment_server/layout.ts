import { aligned, HEADER_BYTES } from "../../core/frame.ts";
import {
  type ColumnData,
  type DType,
  type FieldSpec,
  rowSize,
  SCALAR_BYTES,
} from "../../core/episode.ts";
import { observationSize } from "../../sim/mod.ts";
import type { ServedEnvironment } from "./served_environment.ts";

/** Least room for a payload (bytes): for the text of any error. */
export const LEAST_BYTES = 65_536;

/** Bits of the array `flags`. */
export const FLAG = { terminated: 1, truncated: 2, success: 4, diverged: 8, began: 16 } as const;

/** An array of the answers to `reset` and `step`: a row a world. */
export interface ArraySpec {
  readonly name: string;
  readonly dtype: DType;
  /** Number of worlds first. */
  readonly shape: readonly number[];
  /** Bytes from the beginning of the payload, a multiple of 8. */
  readonly offset: number;
  /**
   * Answers that have it: all, or those in which a world started an episode, and so every answer to
   * `reset`.
   */
  readonly when: "always" | "began";
}

/** Layout of answers in a payload. */
export interface Layout {
  readonly arrays: readonly ArraySpec[];
  /** Bytes of an answer in which no world began an episode. */
  readonly stepBytes: number;
  /** Bytes of one in which some did. */
  readonly beganBytes: number;
}

type Row = Pick<FieldSpec, "name" | "dtype" | "shape">;

/** Numbers beside the fields of the environment. */
const REWARD: Row = { name: "reward", dtype: "float32", shape: [] };
const FLAGS: Row = { name: "flags", dtype: "uint8", shape: [] };
const SEED: Row = { name: "seed", dtype: "float64", shape: [] };
const CANDIDATE: Row = { name: "candidate", dtype: "float64", shape: [] };

/** The layout of the answers of some worlds. */
export function layoutOf(served: ServedEnvironment, worlds: number): Layout {
  const { environment, cameraFields, selected, autoreset } = served;
  const seen: readonly Row[] = [
    { name: "observation", dtype: "float32", shape: [observationSize(environment)] },
    ...(environment.info ?? []).map((field) => ({ ...field, name: `info/${field.name}` })),
    ...cameraFields,
  ];
  const drawn = selected.map(({ name, shape }): Row => ({
    name: `randomization/${name}`,
    dtype: "float64",
    shape,
  }));
  const final = autoreset === "same-step"
    ? seen.map((row) => ({ ...row, name: `final/${row.name}` }))
    : [];
  const arrays: ArraySpec[] = [];
  let offset = 0;
  const place = (rows: readonly Row[], when: ArraySpec["when"]): number => {
    for (const { name, dtype, shape } of rows) {
      const spec = { name, dtype, shape: [worlds, ...shape], offset, when };
      arrays.push(spec);
      offset += aligned(bytesOf(spec));
    }
    return offset;
  };
  const stepBytes = place([REWARD, FLAGS, ...seen], "always");
  const beganBytes = place([SEED, CANDIDATE, ...drawn, ...final], "began");
  return { arrays, stepBytes, beganBytes };
}

/** Bytes of an array. */
export function bytesOf({ dtype, shape }: Pick<ArraySpec, "dtype" | "shape">): number {
  return SCALAR_BYTES[dtype] * rowSize(shape);
}

/** An array of a layout within the frame that holds it. */
export function viewOf(frame: ArrayBufferLike, { dtype, shape, offset }: ArraySpec): ColumnData {
  const start = HEADER_BYTES + offset, length = rowSize(shape);
  switch (dtype) {
    case "float32":
      return new Float32Array(frame, start, length);
    case "float64":
      return new Float64Array(frame, start, length);
    case "int32":
      return new Int32Array(frame, start, length);
    case "int64":
      return new BigInt64Array(frame, start, length);
    case "uint8":
    case "bool":
      return new Uint8Array(frame, start, length);
  }
}
