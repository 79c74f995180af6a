import { z } from "zod";
import { absent } from "./absent.ts";
import { ARTICULATION } from "./articulation_config.ts";
import { BACKGROUND, OBJECT_GROUP, RIGID_OBJECT } from "./body_config.ts";
import { FINITE, LENGTH, NAME, POINT } from "./fields.ts";
import type { GymConfig } from "./gym_config_types.ts";
import { LIGHTS, SENSORS } from "./sensor_config.ts";

/**
 * The gym config: scene, robot, events, observations, rewards and rollout settings of an
 * environment, as data. The keys are those of EmbodiChain's gym configs.
 */

const functor = {
  func: z.string().min(1).max(63),
  params: z.record(z.string(), z.unknown()).default({}),
};

const event = z.strictObject({
  ...functor,
  mode: z.enum(["startup", "reset", "interval"]),
  interval_step: z.int().min(1).max(10_000).default(10),
});

const observation = z.strictObject({
  ...functor,
  mode: z.enum(["add", "modify"]),
  /** Field that is modified, or that is added; the functor's own name if absent. */
  name: NAME.optional(),
});

const reward = z.strictObject({
  ...functor,
  mode: z.enum(["add", "replace"]).default("add"),
  weight: FINITE.default(1),
});

const success = z.strictObject(functor);

const text = z.string().max(1000);

/** Whatever a file of JSON or YAML may hold. */
const json = z.json();

const recorder = z.strictObject({
  func: z.literal("LeRobotRecorder"),
  mode: z.literal("save").default("save"),
  params: z.strictObject({
    save_path: text.refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), {
      error: "expected a path below the data directory, without .. or a leading /",
    }).optional(),
    robot_meta: z.object({
      robot_type: text.optional(),
      control_freq: z.int().min(1).max(200).default(20),
    }).catchall(json).prefault({}),
    instruction: z.object({ lang: text }).catchall(json).optional(),
    extra: z.record(z.string(), json).default({}),
    use_videos: z.boolean().default(false),
    save_failed_episodes: z.boolean().default(false),
  }).prefault({}),
});

/** Parts that a robot has, by its type. */
export const ROBOT_PARTS = {
  SingleArm: ["arm", "eef"],
  DualArm: ["left_arm", "left_eef", "right_arm", "right_eef"],
} as const;

const part = z.enum(["arm", "eef", "left_arm", "left_eef", "right_arm", "right_eef"]);

const ROBOT = "the robot is an arm of seven joints that comes along, or two of them";

const robot = z.strictObject({
  uid: NAME.default("robot"),
  robot_type: z.enum(["SingleArm", "DualArm"]),
  /** Middle of the base, or of the two. */
  init_pos: POINT.default([0, 0, 0]),
  /** Distance between the two bases, along y (m). */
  spacing: LENGTH.default(0.6),
  /** Initial positions by part: seven angles (rad), or the opening of a finger (m). */
  init_qpos: z.partialRecord(part, z.array(FINITE).min(1).max(7), {
    error: "expected joint positions by part, e.g. { arm: [7 angles] }",
  }).default({}),
  init_rot: absent(ROBOT),
  fpath: absent(ROBOT),
  urdf_cfg: absent(ROBOT),
  control_parts: absent("env.control_parts says it"),
  solver_cfg: absent(ROBOT),
  drive_pros: absent(ROBOT),
});

const environment = z.strictObject({
  events: z.record(NAME, event).default({}),
  observations: z.record(NAME, observation).default({}),
  rewards: z.record(NAME, reward).default({}),
  success: z.record(NAME, success).default({}),
  dataset: z.record(NAME, recorder).default({}),
  control_parts: z.array(part).min(1).max(4).optional(),
  actions: absent("actions are joint positions of the control parts"),
  extensions: absent("it configures code of a task, and configs name none here"),
  sim_steps_per_control: absent("physics_dt and robot_meta.control_freq say it"),
  target_control_frequency: absent("robot_meta.control_freq says it"),
}).prefault({});

const RENDERER = "pictures come from rays that are cast on the CPU";
const CPU = "the simulator runs on the CPU, so that its bits depend on no device";

/** A gym config as a file holds it. */
export const GYM_CONFIG = z.strictObject({
  id: z.string().min(1).max(63).regex(/^[A-Za-z][A-Za-z0-9_-]*$/, {
    error: "expected a name of letters, digits, - and _ that begins with a letter",
  }),
  max_episodes: z.int().min(1).max(1_000_000_000).default(100),
  max_episode_steps: z.int().min(1).max(100_000).default(200),
  num_envs: z.int().min(1).max(1024).default(1),
  /** Attempts of an episode before another takes its place; `--max-retries` is one less. */
  demo_max_attempts: z.int().min(1).max(10_000).default(4),
  /** Seed of the values that are drawn once, at startup. */
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  /** Length of one physics step (s). */
  physics_dt: z.number().gt(0).max(0.05).default(0.002),
  env: environment,
  robot,
  sensor: SENSORS,
  light: LIGHTS,
  background: z.array(BACKGROUND).max(64).default([]),
  rigid_object: z.array(RIGID_OBJECT).max(64).default([]),
  rigid_object_group: z.array(OBJECT_GROUP).max(8).default([]),
  physics_config: absent("physics_dt is what there is to choose"),
  render_cfg: absent(RENDERER),
  renderer: absent(RENDERER),
  visualization: absent("see --preview"),
  arena_space: absent("every environment has a world of its own"),
  gpu_id: absent(CPU),
  device: absent(CPU),
  headless: absent("--preview shows an environment"),
  articulation: z.array(ARTICULATION).max(16).default([]),
});

/**
 * The points of something that an action config may name; of an articulation those of its root, of a
 * link its own. Undefined if nothing of the name can be held.
 */
export function affordancesOf(
  { rigid_object, articulation }: GymConfig,
  uid: string,
): Readonly<Record<string, readonly [x: number, y: number, z: number]>> | undefined {
  const object = rigid_object.find((each) => each.uid === uid);
  if (object !== undefined) return object.affordances;
  const [name, link] = uid.split("/");
  const found = articulation.find((each) => each.uid === name);
  const part = found?.links.find((each) => each.name === (link ?? found.links[0]!.name)); // of at least one
  return part === undefined ? undefined : found!.affordances[part.name] ?? {}; // it has the link
}

/** Every entity that a functor may name; links of articulations as `<uid>/<link>`. */
export function entitiesOf(config: GymConfig): readonly Entity[] {
  const { robot, background, rigid_object, rigid_object_group, articulation, light } = config;
  const lists = [
    [["background"], background],
    [["rigid_object"], rigid_object],
    [["rigid_object_group"], rigid_object_group],
    [["articulation"], articulation],
    [["light", "direct"], light.direct],
  ] as const;
  return [
    { uid: robot.uid, path: ["robot", "uid"] },
    ...lists.flatMap(([path, list]) =>
      list.map(({ uid }, at) => ({ uid, path: [...path, at, "uid"] }))
    ),
    ...articulation.flatMap(({ uid, links }, at) =>
      links.map(({ name }) => ({ uid: `${uid}/${name}`, path: ["articulation", at, "links"] }))
    ),
  ];
}

/** Something with a name of its own, and where in a config it has it. */
export interface Entity {
  readonly uid: string;
  readonly path: readonly (string | number)[];
}
