import { z } from "zod";
import { absent, absentUnless } from "./absent.ts";
import { COLOUR, FRACTION, LENGTH, NAME, POINT } from "./fields.ts";

/** Bodies of a gym config: background, rigid_object and rigid_object_group. */

/** Corners of a mesh's hull at most: a round thing is round enough, and a config short. */
export const MAX_CORNERS = 128;

/** Shapes of one geom. */
const SOLIDS = [
  z.strictObject({ shape_type: z.literal("Cube"), size: z.tuple([LENGTH, LENGTH, LENGTH]) }),
  z.strictObject({ shape_type: z.literal("Sphere"), radius: LENGTH }),
  z.strictObject({ shape_type: z.literal("Cylinder"), radius: LENGTH, height: LENGTH }),
  z.strictObject({ shape_type: z.literal("Capsule"), radius: LENGTH, height: LENGTH }),
  z.strictObject({
    shape_type: z.literal("Mesh"),
    /** Corners of its convex hull in m; files name a mesh by `fpath`, see `readMeshFile()`. */
    vertices: z.array(POINT).min(4).max(MAX_CORNERS),
    compute_uv: absentUnless(false, "there are no textures"),
    max_convex_hull_num: absentUnless(1, "a mesh is one convex hull: build it of several bodies"),
  }),
] as const;

const VESSEL = z.strictObject({
  shape_type: z.literal("Vessel"),
  /** Radius of the cavity. */
  radius: LENGTH,
  height: LENGTH,
  thickness: LENGTH.default(0.003),
});

const SHAPE = z.discriminatedUnion("shape_type", [...SOLIDS, VESSEL], {
  error: "expected a shape_type of Cube, Sphere, Cylinder, Capsule, Vessel or Mesh",
});

/** Schema of the shapes of a link. */
export const SOLID = z.discriminatedUnion("shape_type", SOLIDS, {
  error: "expected a shape_type of Cube, Sphere, Cylinder, Capsule or Mesh",
});

export const SOLVER = "it is a setting of PhysX, and MuJoCo has none like it";

/** Attributes of everything that collides, other than its mass. */
export const CONTACT_ATTRIBUTES = {
  /** MuJoCo has one coefficient: this one where `dynamic_friction` is not given. */
  static_friction: z.number().min(0).max(10).optional(),
  dynamic_friction: z.number().min(0).max(10).optional(),
  restitution: FRACTION.max(0.1, {
    error: "expected at most 0.1: contacts lose their energy here",
  }).optional(),
  density: absent("masses say it"),
  linear_damping: absent(SOLVER),
  angular_damping: absent(SOLVER),
  contact_offset: absent(SOLVER),
  rest_offset: absent(SOLVER),
  enable_ccd: absent(SOLVER),
  enable_collision: absentUnless(true, "every object collides"),
  max_depenetration_velocity: absent(SOLVER),
  max_linear_velocity: absent(SOLVER),
  max_angular_velocity: absent(SOLVER),
  min_position_iters: absent(SOLVER),
  min_velocity_iters: absent(SOLVER),
  sleep_threshold: absent(SOLVER),
};

const ATTRIBUTES = z.strictObject({
  mass: z.number().gt(0).max(1e4).default(0.1),
  ...CONTACT_ATTRIBUTES,
}).prefault({});

const BODY = {
  uid: NAME,
  shape: SHAPE,
  attrs: ATTRIBUTES,
  init_pos: POINT.default([0, 0, 0]),
  /** Rotation about the fixed axes x, then y, then z (degrees). */
  init_rot: POINT.default([0, 0, 0]),
  /** Scale of a mesh along its axes. */
  body_scale: z.tuple([LENGTH, LENGTH, LENGTH]).default([1, 1, 1]),
  color: COLOUR.default([0.6, 0.6, 0.6]),
  max_convex_hull_num: absentUnless(1, "a mesh is one convex hull: build it of several bodies"),
  acd_method: absent("a mesh is one convex hull"),
  sdf_resolution: absent("a mesh is one convex hull"),
};

export const BACKGROUND = z.strictObject({
  ...BODY,
  body_type: z.enum(["kinematic", "static"]).default("static"),
});

export const RIGID_OBJECT = z.strictObject({
  ...BODY,
  body_type: z.enum(["dynamic", "kinematic", "static"]).default("dynamic"),
  /** Points of the object that action configs name, in its own frame. */
  affordances: z.record(NAME, POINT).default({}),
});

const GROUP = "a group is count spheres inside a vessel";

export const OBJECT_GROUP = z.strictObject({
  uid: NAME,
  count: z.int().min(1).max(200),
  shape: z.strictObject({ shape_type: z.literal("Sphere"), radius: LENGTH }),
  attrs: ATTRIBUTES,
  color: COLOUR.default([0.25, 0.5, 0.85]),
  /** Vessel that contains them at the start. */
  inside: NAME,
  max_num: absent(GROUP),
  folder_path: absent(GROUP),
  ext: absent(GROUP),
  rigid_objects: absent(GROUP),
});
