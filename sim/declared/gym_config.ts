import { z } from "zod";

/**
 * The gym config: scene, robot, events, observations, rewards and rollout settings of an
 * environment, as data. The keys are those of EmbodiChain's gym configs.
 */

/** What entities, functors and fields may be called. */
const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;

const name = z.string().regex(NAME_PATTERN, {
  error: "expected a name of letters, digits and _ that begins with a letter",
});
const finite = z.number().min(-1e6).max(1e6);
const vector = z.tuple([finite, finite, finite], { error: "expected three numbers [x, y, z]" });
const colour = z.tuple([fraction(), fraction(), fraction()], {
  error: "expected red, green and blue from 0 to 1",
});
const length = z.number().gt(0).max(100);

function fraction() {
  return z.number().min(0).max(1);
}

const shape = z.discriminatedUnion("shape_type", [
  z.strictObject({ shape_type: z.literal("Cube"), size: z.tuple([length, length, length]) }),
  z.strictObject({ shape_type: z.literal("Sphere"), radius: length }),
  z.strictObject({ shape_type: z.literal("Cylinder"), radius: length, height: length }),
  z.strictObject({ shape_type: z.literal("Capsule"), radius: length, height: length }),
  z.strictObject({
    shape_type: z.literal("Vessel"),
    /** Of the hollow. */
    radius: length,
    height: length,
    thickness: length.default(0.003),
  }),
], {
  error: "expected a shape_type of Cube, Sphere, Cylinder, Capsule or Vessel (meshes are not read)",
});

const attributes = z.strictObject({
  mass: z.number().gt(0).max(1e4).default(0.1),
  static_friction: z.number().min(0).max(10).optional(),
  dynamic_friction: z.number().min(0).max(10).default(1),
  restitution: fraction().optional(),
}).prefault({});

const body = {
  uid: name,
  shape,
  attrs: attributes,
  init_pos: vector.default([0, 0, 0]),
  /** Degrees about the fixed axes x, then y, then z. */
  init_rot: vector.default([0, 0, 0]),
  color: colour.default([0.6, 0.6, 0.6]),
};

const background = z.strictObject({
  ...body,
  body_type: z.enum(["kinematic", "static"]).default("static"),
});

const rigidObject = z.strictObject({
  ...body,
  body_type: z.enum(["dynamic", "kinematic", "static"]).default("dynamic"),
  /** Points of the object that action configs name, in its own frame. */
  affordances: z.record(name, vector).default({}),
});

const objectGroup = z.strictObject({
  uid: name,
  count: z.int().min(1).max(200),
  shape: z.strictObject({ shape_type: z.literal("Sphere"), radius: length }),
  attrs: attributes,
  color: colour.default([0.25, 0.5, 0.85]),
  /** Vessel that they lie in at the start. */
  inside: name,
});

const light = z.strictObject({
  uid: name,
  light_type: z.enum(["point", "direction"]).default("point"),
  color: colour.optional(),
  intensity: z.number().min(0).max(1e6).optional(),
  /** M; the light shines from there to the origin. */
  init_pos: vector.default([1, -1, 2]),
  radius: length.optional(),
});

const pixels = z.int().min(8).max(2048);

const sensor = z.strictObject({
  uid: z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, {
    error: "expected a name of a-z, 0-9 and _ that begins with a letter, at most 31 characters",
  }),
  sensor_type: z.literal("Camera", { error: "expected Camera: other sensors are not built yet" }),
  width: pixels.default(128),
  height: pixels.default(128),
  extrinsics: z.strictObject({ eye: vector, target: vector }),
  /** Degrees, vertical. */
  fov: z.number().min(5).max(150).default(45),
  enable_color: z.boolean().default(true),
  enable_depth: z.boolean().default(false),
  enable_mask: z.boolean().default(false),
});

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
  /** Field that is modified, or that is added; the functor's own name where absent. */
  name: name.optional(),
});

const reward = z.strictObject({
  ...functor,
  mode: z.enum(["add", "replace"]).default("add"),
  weight: finite.default(1),
});

const success = z.strictObject(functor);

const text = z.string().max(1000);

const recorder = z.strictObject({
  func: z.literal("LeRobotRecorder"),
  mode: z.literal("save").default("save"),
  params: z.strictObject({
    save_path: text.refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), {
      error: "expected a path below the data directory, without .. or a leading /",
    }).optional(),
    robot_meta: z.looseObject({
      robot_type: text.optional(),
      control_freq: z.int().min(1).max(200).default(20),
    }).prefault({}),
    instruction: z.looseObject({ lang: text }).optional(),
    extra: z.record(z.string(), z.unknown()).default({}),
    use_videos: z.boolean().default(false),
    save_failed_episodes: z.boolean().default(false),
  }).prefault({}),
});

/** Parts that a robot has, by its type. */
export const ROBOT_PARTS = {
  SingleArm: ["arm", "eef"],
  DualArm: ["left_arm", "left_eef", "right_arm", "right_eef"],
} as const;

/** Controlled part of a robot: seven joints, or the opening of a gripper. */
export type ControlPart = (typeof ROBOT_PARTS)[keyof typeof ROBOT_PARTS][number];

const part = z.enum(["arm", "eef", "left_arm", "left_eef", "right_arm", "right_eef"]);

const robot = z.strictObject({
  uid: name.default("robot"),
  robot_type: z.enum(["SingleArm", "DualArm"]),
  /** Middle of the base, or of the two. */
  init_pos: vector.default([0, 0, 0]),
  /** M between the two bases, along y. */
  spacing: length.default(0.6),
  /** By part: seven angles in rad, or the opening of a finger in m. */
  init_qpos: z.partialRecord(part, z.array(finite).min(1).max(7)).default({}),
});

const environment = z.strictObject({
  events: z.record(name, event).default({}),
  observations: z.record(name, observation).default({}),
  rewards: z.record(name, reward).default({}),
  success: z.record(name, success).default({}),
  dataset: z.record(name, recorder).default({}),
  control_parts: z.array(part).min(1).max(4).optional(),
}).prefault({});

/** A gym config as a file holds it. */
export const GYM_CONFIG = z.strictObject({
  id: z.string().min(1).max(63).regex(/^[A-Za-z][A-Za-z0-9_-]*$/, {
    error: "expected a name of letters, digits, - and _ that begins with a letter",
  }),
  max_episodes: z.int().min(1).max(1_000_000_000).default(100),
  max_episode_steps: z.int().min(1).max(100_000).default(200),
  num_envs: z.int().min(1).max(1024).default(1),
  /** Of what is drawn once, at startup. */
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  /** S of one physics step. */
  physics_dt: z.number().gt(0).max(0.05).default(0.002),
  env: environment,
  robot,
  sensor: z.array(sensor).max(16).default([]),
  light: z.strictObject({ direct: z.array(light).max(1).default([]) }).prefault({}),
  background: z.array(background).max(64).default([]),
  rigid_object: z.array(rigidObject).max(64).default([]),
  rigid_object_group: z.array(objectGroup).max(8).default([]),
  articulation: z.array(z.looseObject({ uid: name })).default([]),
});

/** A gym config with every default filled in. */
export type GymConfig = z.output<typeof GYM_CONFIG>;

export type Shape = z.output<typeof shape>;
export type RigidObject = z.output<typeof rigidObject>;
export type Background = z.output<typeof background>;
export type ObjectGroup = z.output<typeof objectGroup>;
export type EventConfig = z.output<typeof event>;
export type ObservationConfig = z.output<typeof observation>;
export type RewardConfig = z.output<typeof reward>;
export type SuccessConfig = z.output<typeof success>;

/** Every entity that a functor may name. */
export function entitiesOf(config: GymConfig): readonly { readonly uid: string }[] {
  return [
    config.robot,
    ...config.background,
    ...config.rigid_object,
    ...config.rigid_object_group,
    ...config.light.direct,
  ];
}
