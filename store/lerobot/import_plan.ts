import { type DType, type EpisodeSchema, type FieldSpec, rowSize } from "../../core/episode.ts";
import { CAMERA, featuresOf, INDEX_FEATURES } from "./features.ts";
import type { ImportFaults } from "../imports/fault.ts";
import { assignNames } from "../imports/names.ts";
import type { LeRobotInfo } from "./read_metadata.ts";

/** Which step fields the columns of a LeRobot dataset become. */

/** One column, and the fields that its rows hold side by side. */
export interface ColumnPlan {
  readonly column: string;
  readonly fields: readonly FieldSpec[];
  /** Where it holds pictures: PNG files in its rows, or frames of videos; null for numbers. */
  readonly pictures: "png" | "video" | null;
}

/** What a plan depends on beside the dataset. */
export interface PlanOptions {
  /** Whether videos can be decoded. */
  readonly videos: boolean;
  /** Names that the person chose, and columns that are left out. */
  readonly rename: ReadonlyMap<string, string>;
  readonly skip: ReadonlySet<string>;
  readonly faults: ImportFaults;
}

export interface LeRobotPlan {
  readonly columns: readonly ColumnPlan[];
  /** Step fields, and those that each episode has once. */
  readonly schema: EpisodeSchema;
  /** What is not read, each with the reason. */
  readonly leftOut: readonly string[];
}

/** Element types of columns, and what they become. */
const DTYPES: Readonly<Record<string, DType>> = {
  float64: "float64",
  float32: "float32",
  float16: "float32",
  int64: "int64",
  uint32: "int64",
  int32: "int32",
  uint16: "int32",
  int16: "int32",
  int8: "int32",
  uint8: "uint8",
  bool: "bool",
};

/** Our names of LeRobot's columns. */
const NAMES: Readonly<Record<string, string>> = {
  action: "action",
  expert_action: "action_label",
  "next.reward": "reward",
};

/** What a reader finds out for itself. */
const DERIVED: ReadonlySet<string> = new Set([
  ...INDEX_FEATURES.map(({ name }) => name),
  "next.done",
  "next.success",
]);

function scalar(name: string, dtype: DType, description: string): FieldSpec {
  return { name, dtype, shape: [], description };
}

/** The plan of a dataset that an export of Sluice wrote. @param schema What it says it was */
export function planOwnImport(
  info: LeRobotInfo,
  schema: EpisodeSchema,
  { videos, skip }: PlanOptions,
): LeRobotPlan {
  const columns: ColumnPlan[] = [], leftOut: string[] = [], lost = new Set<FieldSpec>();
  for (const { name: column, fields } of featuresOf(schema, () => "image")) {
    if (fields.length === 0) continue;
    const pictures = picturesOf(info.features[column]?.dtype);
    const reason = skip.has(column) ? "skipped" : pictures === "video" && !videos ? "video" : null;
    if (reason === null) {
      columns.push({ column, fields, pictures });
      continue;
    }
    leftOut.push(`${column} (${reason})`);
    for (const field of fields) lost.add(field);
  }
  return {
    columns,
    schema: { ...schema, step: schema.step.filter((field) => !lost.has(field)) },
    leftOut,
  };
}

function picturesOf(dtype: string | undefined): ColumnPlan["pictures"] {
  return dtype === "image" ? "png" : dtype === "video" ? "video" : null;
}

/** The plan of any other dataset. @param tasks Number of them */
export function planForeignImport(
  info: LeRobotInfo,
  tasks: number,
  options: PlanOptions,
): LeRobotPlan {
  const kept: string[] = [], leftOut: string[] = [];
  for (const [column, feature] of Object.entries(info.features)) {
    if (DERIVED.has(column)) continue;
    const reason = options.skip.has(column) ? "skipped" : whyLeftOut(feature, options);
    if (reason === null) kept.push(column);
    else leftOut.push(`${column} (${reason})`);
  }
  const columns = [...assignNames(kept, { nameOf, ...options })].map(([column, name]) => {
    const feature = info.features[column]!;
    return {
      column,
      fields: [fieldOf(column, name, feature)],
      pictures: picturesOf(feature.dtype),
    };
  });
  const episode = [
    scalar("candidate", "int64", "Index of the episode in the imported dataset"),
    ..."next.success" in info.features
      ? [scalar("success", "bool", "Whether any step was a success")]
      : [],
    ..."next.reward" in info.features ? [scalar("return", "float64", "Sum of rewards")] : [],
    ...tasks > 1 ? [scalar("task", "int32", "Index into the attribute tasks")] : [],
  ];
  const step = columns.flatMap(({ fields }) => fields);
  const environment = info.robot_type || "lerobot";
  return { columns, schema: { environment, controlHz: info.fps, step, episode }, leftOut };
}

/** Why a column cannot be read, or null where it can. */
function whyLeftOut(
  { dtype, shape }: LeRobotInfo["features"][string],
  { videos }: PlanOptions,
): string | null {
  if (picturesOf(dtype) === null) return DTYPES[dtype] === undefined ? dtype : null;
  if (dtype === "video" && !videos) return "video";
  return channelsLast(shape)[2] === 3 ? null : "no RGB";
}

/** Shape of an image with its channels behind height and width, where they may come first. */
function channelsLast(shape: readonly number[]): readonly number[] {
  return shape[2] === 3 ? shape : [...shape.slice(1), shape[0]!];
}

/** The field of a column that can be read. */
function fieldOf(
  column: string,
  name: string,
  { dtype, shape, names }: LeRobotInfo["features"][string],
): FieldSpec {
  const description = `Column ${column} of LeRobot`;
  if (picturesOf(dtype) !== null) {
    return { name, dtype: "uint8", shape: channelsLast(shape), description };
  }
  const own = DTYPES[dtype]!; // whyLeftOut() found it
  const isInput = name.startsWith("observation/") || name.startsWith("action") || name === "reward";
  const single = rowSize(shape) === 1 && !name.startsWith("action");
  const components = componentsOf(names, rowSize(shape));
  return {
    name,
    dtype: own === "float64" && isInput ? "float32" : own, // what networks read
    shape: single ? [] : shape,
    description,
    ...(components !== null && !single ? { components } : {}),
  };
}

function nameOf(column: string): string {
  const own = NAMES[column];
  if (own !== undefined) return own;
  if (!column.startsWith(CAMERA)) return column.replaceAll(".", "/");
  const camera = column.slice(CAMERA.length).replaceAll(".", "/");
  return `observation/${camera === "image" ? camera : `${camera}_image`}`;
}

/** Names of the components of a vector: a list of texts, or the first under a heading. */
function componentsOf(names: unknown, size: number): readonly string[] | null {
  const list = typeof names === "object" && names !== null && !Array.isArray(names)
    ? Object.values(names)[0]
    : names;
  if (!Array.isArray(list) || list.length !== size) return null;
  return list.map(String);
}
