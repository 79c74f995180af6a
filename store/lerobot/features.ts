import { type DType, type EpisodeSchema, type FieldSpec, rowSize } from "../../core/episode.ts";

/**
 * Maps columns of a dataset to LeRobot's names, whose policies read `observation.state`,
 * `observation.images.<camera>` and `action`.
 *
 * @see huggingface/lerobot v0.4.4, `datasets/utils.py`: `DEFAULT_FEATURES`,
 *   `dataset_to_policy_features()`
 */

/** Type of a feature; images are frames of a video, or PNG files within the Parquet file. */
export type FeatureType = DType | "video" | "image";

/** One entry of `features` in `meta/info.json`. */
export interface Feature {
  readonly name: string;
  readonly dtype: FeatureType;
  /** Shape of one row; `[1]` for a scalar. */
  readonly shape: readonly number[];
  /** Names of the components, or of the axes of an image. */
  readonly names: readonly string[] | null;
  /** Step fields whose rows lie side by side in its own; none if it follows from the others. */
  readonly fields: readonly FieldSpec[];
}

/** LeRobot's prefix of cameras. Ours end in `_image`, but for the only one, `image`. */
export const CAMERA = "observation.images.";

/** Names that mean something to LeRobot's policies and tools. */
const NAMES: Readonly<Record<string, string>> = {
  action: "action",
  // Not "action_label": policies would predict whatever begins with "action".
  action_label: "expert_action",
  reward: "next.reward",
  subtask: "subtask_index",
};

/** Step field with the subtask of each step. */
export const SUBTASK = "subtask";

/** Step field with the task of each step, where it changes within episodes. */
export const STEP_TASK = "task";

/** Features that LeRobot requires of every dataset. */
export const INDEX_FEATURES: readonly Feature[] = [
  derived("timestamp", "float32"),
  derived("frame_index", "int64"),
  derived("episode_index", "int64"),
  derived("index", "int64"),
  derived("task_index", "int64"),
];

/** Whether a field holds images: `[height, width, 3]` u8. */
export function isRgbImage({ dtype, shape }: Pick<FieldSpec, "dtype" | "shape">): boolean {
  return dtype === "uint8" && shape.length === 3 && shape[2] === 3;
}

/**
 * The features of episodes of a schema. Observations of floats are one vector, `observation.state`, in
 * the order of the schema.
 *
 * @param images How images of a size are kept
 */
export function featuresOf(
  schema: EpisodeSchema,
  images: (shape: readonly number[]) => "video" | "image",
): readonly Feature[] {
  const state = schema.step.filter(isState);
  const task = schema.step.find(({ name }) => name === STEP_TASK);
  const others = schema.step.filter((field) => !isState(field) && field !== task);
  const own = others.map((field): Feature => {
    if (!isRgbImage(field)) return featureOf(nameOf(field), [field]);
    return {
      name: nameOf(field),
      dtype: images(field.shape),
      shape: field.shape,
      names: ["height", "width", "channels"],
      fields: [field],
    };
  });
  return [
    ...(state.length === 0 ? [] : [featureOf("observation.state", state)]),
    ...own,
    derived("next.done", "bool"),
    ...(schema.episode.some(({ name }) => name === "success")
      ? [derived("next.success", "bool")]
      : []),
    ...INDEX_FEATURES.map((feature) =>
      feature.name === "task_index" && task !== undefined ? { ...feature, fields: [task] } : feature
    ),
  ];
}

function isState({ name, dtype, shape }: FieldSpec): boolean {
  return name.startsWith("observation/") && dtype === "float32" && shape.length <= 1;
}

function nameOf(field: FieldSpec): string {
  const { name } = field;
  if (isRgbImage(field)) {
    return CAMERA + name.replace(/^observation\//, "").replace(/_image$/, "").replaceAll("/", ".");
  }
  return NAMES[name] ?? name.replaceAll("/", ".");
}

function featureOf(name: string, fields: readonly FieldSpec[]): Feature {
  const { dtype, shape } = fields[0]!; // there is at least one
  if (shape.length > 1) return { name, dtype, shape, names: null, fields };
  const size = fields.reduce((sum, field) => sum + rowSize(field.shape), 0);
  return { name, dtype, shape: [size], names: fields.flatMap(componentsOf), fields };
}

/** `joint_pos.0`, `joint_pos.1` ... or the components' own names; the field's name for a scalar. */
function componentsOf({ name, shape, components }: FieldSpec): readonly string[] {
  const short = name.replace(/^observation\//, "");
  if (components !== undefined) return components.map((component) => `${short}.${component}`);
  const size = rowSize(shape);
  return shape.length === 0
    ? [short]
    : Array.from({ length: size }, (_, component) => `${short}.${component}`);
}

function derived(name: string, dtype: DType): Feature {
  return { name, dtype, shape: [1], names: null, fields: [] };
}
