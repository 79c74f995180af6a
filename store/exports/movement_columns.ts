import type { Dataset } from "../datasets/dataset.ts";

/** Names of the columns in datasets of random movements, which Push-T's policy `dmp` writes. */

/** Episode fields of a movement. */
const MOVEMENT_FIELDS = [
  "dmp/duration",
  "dmp/start_pixels",
  "dmp/goal_pixels",
  "dmp/weights",
  "dmp/stiffness",
  "dmp/damping",
  "dmp/dt",
  "dmp/alpha_s",
  "dmp/scale_forcing",
  "planned_steps",
] as const;

/** Step fields: at every state of a movement, and the simulator's infos after each step. */
const MOVEMENT_STEPS = ["time", "phase", "info/goal_pose"] as const;

/** The columns that a dataset lacks for its episodes to be movements; none if they are. */
export function missingMovement({ schema }: Pick<Dataset, "schema">): readonly string[] {
  const has = (fields: typeof schema.step, name: string) =>
    fields.some((field) => field.name === name);
  return [
    ...MOVEMENT_FIELDS.filter((name) => !has(schema.episode, name)),
    ...MOVEMENT_STEPS.filter((name) => !has(schema.step, name)),
  ];
}
