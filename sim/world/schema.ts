import { type EpisodeSchema, type FieldSpec, rowSize } from "../../core/episode.ts";
import { cameraFields } from "../images/camera_spec.ts";
import type { EnvironmentDefinition, SchemaOptions } from "./environment.ts";
import { randomizationField, selectRandomization } from "./randomization.ts";

/** Numbers that a policy of the environment gets: all observation fields together. */
export function observationSize(
  { observation }: Pick<EnvironmentDefinition, "observation">,
): number {
  return observation.reduce((sum, field) => sum + rowSize(field.shape), 0);
}

/** Returns the offset of each observation field in the policy's input. */
export function observationOffsets(fields: readonly FieldSpec[]): Readonly<Record<string, number>> {
  let offset = 0;
  return Object.fromEntries(fields.map((field) => {
    const entry = [field.name, offset] as const;
    offset += rowSize(field.shape);
    return entry;
  }));
}

/** Parts of an environment that determine its columns. */
type Spaces = Pick<
  EnvironmentDefinition,
  | "name"
  | "controlHz"
  | "observation"
  | "action"
  | "info"
  | "policyFields"
  | "chosen"
  | "stateSize"
  | "randomization"
>;

/** Returns the column of the policy's action, where it differs from the applied one. */
export function labelField(action: FieldSpec): FieldSpec {
  return {
    ...action,
    name: "action_label",
    description: "What the policy asked for, before noise",
  };
}

/**
 * The columns of the episodes of an environment.
 *
 * @throws {InvalidInputError} If the environment has no such randomization
 */
export function episodeSchema(spaces: Spaces, options: SchemaOptions = {}): EpisodeSchema {
  const { observation, action, info = [] } = spaces;
  const plan = spaces.policyFields?.[options.policy ?? ""];
  const label = labelField(action);
  const selected = selectRandomization(spaces.randomization, options.randomize);
  return {
    environment: spaces.name,
    ...(spaces.chosen && { options: spaces.chosen }),
    controlHz: spaces.controlHz,
    step: [
      ...observation.map((field) => ({ ...field, name: `observation/${field.name}` })),
      ...cameraFields(options.cameras ?? []),
      { ...action, name: "action" },
      ...((options.actionNoise ?? 0) > 0 || options.labels !== undefined ? [label] : []),
      scalar("reward", "float32", "Reward of the step"),
      ...(plan?.state ?? []),
      ...prefixed(info, "info/"),
    ],
    episode: [
      scalar("candidate", "int64", "Index of the candidate"),
      ...(options.attempts === undefined
        ? []
        : [scalar("attempt", "int32", "Attempts of the candidate that were dropped before it")]),
      scalar("success", "bool", "Whether the last step met the success rule"),
      scalar("return", "float64", "Sum of rewards"),
      scalar("terminated", "bool", "Whether the episode ended by the environment's rule"),
      scalar("truncated", "bool", "Whether the episode was cut at the largest number of steps"),
      {
        name: "start_state",
        dtype: "float64",
        shape: [spaces.stateSize],
        description: "Exact state of the simulator before the first step",
      },
      ...observation.map((field) => ({ ...field, name: `final_observation/${field.name}` })),
      ...selected.map(randomizationField),
      ...prefixed(info, "reset_info/"),
      ...(plan === undefined ? [] : [
        scalar("planned_steps", "int32", "Steps after which the policy was done"),
        ...prefixed(plan.state, "final_"),
        ...plan.episode,
      ]),
    ],
  };
}

function prefixed(fields: readonly FieldSpec[], prefix: string): FieldSpec[] {
  return fields.map((field) => ({ ...field, name: prefix + field.name }));
}

function scalar(name: string, dtype: FieldSpec["dtype"], description: string): FieldSpec {
  return { name, dtype, shape: [], description };
}
