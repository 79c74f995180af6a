import { type DType, type EpisodeSchema, type FieldSpec, rowSize } from "../../core/episode.ts";
import type { ImportFaults } from "../imports/fault.ts";
import { assignNames } from "../imports/names.ts";
import {
  CAMERA,
  type Feature,
  featuresOf,
  INDEX_FEATURES,
  STEP_TASK,
  SUBTASK,
} from "./features.ts";
import type { LeRobotInfo } from "./read_info.ts";
import type { IndexedTexts } from "./read_texts.ts";

/** Plans the step fields that the columns of a LeRobot dataset become. */

/** One column, and the fields that its rows hold side by side. */
export interface ColumnPlan {
  readonly column: string;
  readonly fields: readonly FieldSpec[];
  /** Storage of its images: files in its rows, or frames of videos; null for numbers. */
  readonly images: "png" | "video" | null;
  /** Position of each index among the texts, for a column of indices. */
  readonly places?: ReadonlyMap<number, number>;
}

/** Options of a plan other than the dataset. */
export interface PlanOptions {
  /** Whether videos can be decoded. */
  readonly videos: boolean;
  readonly tasks: IndexedTexts;
  readonly subtasks: IndexedTexts;
  /** Whether the task changes within an episode. */
  readonly hasStepTasks: boolean;
  /** Names that the person chose, and columns that are left out. */
  readonly rename: ReadonlyMap<string, string>;
  readonly skip: ReadonlySet<string>;
  readonly faults: ImportFaults;
}

export interface LeRobotPlan {
  readonly columns: readonly ColumnPlan[];
  /** Step fields, and those that each episode has once. */
  readonly schema: EpisodeSchema;
  /** Columns that are not read, each with the reason. */
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
  task_index: STEP_TASK,
  subtask_index: SUBTASK,
};

/** Columns that a reader derives itself. */
const DERIVED: ReadonlySet<string> = new Set([
  ...INDEX_FEATURES.map(({ name }) => name),
  "next.done",
  "next.success",
]);

/**
 * The plan of a dataset that an export of Sluice wrote.
 *
 * @param exported What it says it was
 */
export function planOwnImport(
  info: LeRobotInfo,
  exported: EpisodeSchema,
  options: PlanOptions,
): LeRobotPlan {
  const columns: ColumnPlan[] = [], leftOut: string[] = [], lost = new Set<FieldSpec>();
  const features = featuresOf(exported, () => "image").filter(({ fields }) => fields.length > 0);
  const renamed = renameFields(features, options);
  for (const { name: column, fields: own } of features) {
    const fields = own.map((field) => renamed.get(field)!);
    const images = imageFormatOf(info.features[column]?.dtype);
    const reason = options.skip.has(column)
      ? "skipped"
      : images === "video" && !options.videos
      ? "video"
      : null;
    if (reason === null) {
      columns.push({ column, fields, images, ...placesOf(fields[0]!.name, options) });
      continue;
    }
    leftOut.push(`${column} (${reason})`);
    for (const field of fields) lost.add(field);
  }
  const step = exported.step.map((field) => renamed.get(field)!);
  return {
    columns,
    schema: { ...exported, step: step.filter((field) => !lost.has(field)) },
    leftOut,
  };
}

/** Fields by the names that the person chose for their columns; of a column of several, each its own. */
function renameFields(
  features: readonly Feature[],
  { rename, faults }: PlanOptions,
): ReadonlyMap<FieldSpec, FieldSpec> {
  const all = features.flatMap(({ name: column, fields }) =>
    fields.map((field) => ({ field, column: fields.length === 1 ? column : field.name }))
  );
  const own = new Map(all.map(({ field, column }) => [column, field.name]));
  const names = assignNames([...own.keys()], {
    nameOf: (name) => own.get(name) ?? nameOf(name),
    aliases: false,
    rename,
    faults,
  });
  return new Map(all.map(({ field, column }) => {
    const name = names.get(column) ?? field.name;
    return [field, name === field.name ? field : { ...field, name }];
  }));
}

/** The plan of any other dataset. */
export function planForeignImport(info: LeRobotInfo, options: PlanOptions): LeRobotPlan {
  const kept: string[] = [], leftOut: string[] = [];
  for (const [column, feature] of Object.entries(info.features)) {
    if (column === "task_index" ? !options.hasStepTasks : DERIVED.has(column)) continue;
    const reason = options.skip.has(column) ? "skipped" : whyLeftOut(feature, options);
    if (reason === null) kept.push(column);
    else leftOut.push(`${column} (${reason})`);
  }
  // Indices of subtasks without texts are numbers like others.
  const isText = (column: string) =>
    column !== "subtask_index" || options.subtasks.texts.length > 0;
  const names = assignNames(kept, {
    nameOf: (column) => isText(column) ? nameOf(column) : column,
    reserved: [STEP_TASK, SUBTASK],
    ...options,
  });
  const columns = [...names].map(([column, name]): ColumnPlan => {
    const feature = info.features[column]!;
    return {
      column,
      fields: [fieldOf(column, name, feature)],
      images: imageFormatOf(feature.dtype),
      ...placesOf(name, options),
    };
  });
  const schema = {
    environment: info.robot_type || "lerobot",
    controlHz: info.fps,
    step: columns.flatMap(({ fields }) => fields),
    episode: episodeFields(info, options),
  };
  return { columns, schema, leftOut };
}

/** Returns the fields that each episode has once, from its rows. */
export function episodeFields(
  { features }: LeRobotInfo,
  { tasks, hasStepTasks }: Pick<PlanOptions, "tasks" | "hasStepTasks">,
): readonly FieldSpec[] {
  return [
    scalar("candidate", "int64", "Index of the episode in the imported dataset"),
    ..."next.success" in features
      ? [scalar("success", "bool", "Whether any step was a success")]
      : [],
    ..."next.reward" in features ? [scalar("return", "float64", "Sum of rewards")] : [],
    ...tasks.texts.length > 1 && !hasStepTasks
      ? [scalar(STEP_TASK, "int32", "Index into the attribute tasks")]
      : [],
  ];
}

function scalar(name: string, dtype: DType, description: string): FieldSpec {
  return { name, dtype, shape: [], description };
}

function imageFormatOf(dtype: string | undefined): ColumnPlan["images"] {
  return dtype === "image" ? "png" : dtype === "video" ? "video" : null;
}

/** Returns the positions of a field's indices among their texts. */
function placesOf(
  field: string,
  { tasks, subtasks }: PlanOptions,
): Pick<ColumnPlan, "places"> {
  if (field === STEP_TASK) return { places: tasks.places };
  return field === SUBTASK ? { places: subtasks.places } : {};
}

/** Returns why a column cannot be read, or null if it can. */
function whyLeftOut(
  { dtype, shape }: LeRobotInfo["features"][string],
  { videos }: PlanOptions,
): string | null {
  if (rowSize(shape) === 0) return "no values";
  if (imageFormatOf(dtype) === null) return DTYPES[dtype] === undefined ? dtype : null;
  if (dtype === "video" && !videos) return "video";
  return shape.length === 3 && channelsLast(shape)[2] === 3 ? null : "no RGB";
}

/** Returns the shape of an image with its channels last, if they come first. */
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
  if (name === STEP_TASK || name === SUBTASK) {
    return scalar(name, "int64", `Index into the attribute ${name}s`);
  }
  if (imageFormatOf(dtype) !== null) {
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
  const own = Object.hasOwn(NAMES, column) ? NAMES[column] : undefined;
  if (own !== undefined) return own;
  if (!column.startsWith(CAMERA)) return column.replaceAll(".", "/");
  const camera = column.slice(CAMERA.length).replaceAll(".", "/");
  return `observation/${camera === "image" ? camera : `${camera}_image`}`;
}

/** Returns the names of a vector's components, null if their number differs from its size. */
function componentsOf(names: unknown, size: number): readonly string[] | null {
  const list = namesIn(names, 0);
  return list !== null && list.length === size ? list : null;
}

/** Headings within headings that are looked into. */
const MAX_DEPTH = 4;

/** A list, lists under headings one after another, or the places of components by name. */
function namesIn(names: unknown, depth: number): readonly string[] | null {
  if (typeof names !== "object" || names === null || depth > MAX_DEPTH) return null;
  const entries = Object.entries(names);
  if (!Array.isArray(names) && entries.every(([, place]) => typeof place === "number")) {
    return entries.toSorted(([, a], [, b]) => a - b).map(([name]) => name);
  }
  const lists = entries.map(([, name]) =>
    typeof name === "object" ? namesIn(name, depth + 1) : [String(name)]
  );
  return lists.includes(null) ? null : lists.flatMap((list) => list!);
}
