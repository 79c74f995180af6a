import { z } from "zod";
import { absent, absentUnless } from "./absent.ts";
import { CONTACT_ATTRIBUTES, SOLID, SOLVER } from "./body_config.ts";
import { COLOUR, FINITE, LENGTH, NAME, POINT } from "./fields.ts";

/** Articulated objects of a gym config: links, and the joints between them. */

/** Schema of the names of links and joints, as in URDFs. */
export const LINK_NAME = z.string().regex(/^[A-Za-z0-9_.-]{1,63}$/, {
  error: "expected a name of letters, digits, _, . and -, at most 63 characters",
});

const QUATERNION = z.tuple([FINITE, FINITE, FINITE, FINITE], { error: "expected [w, x, y, z]" })
  .refine((quaternion) => Math.hypot(...quaternion) > 0, { error: "expected a rotation, found 0" })
  .default([1, 0, 0, 0]);

const FRAME = { pos: POINT.default([0, 0, 0]), quat: QUATERNION };

const MOMENT = z.number().min(0).max(1e6);

const INERTIAL = z.strictObject({
  /** Frame of the centre of mass and the principal axes, relative to the link's frame. */
  ...FRAME,
  mass: z.number().gt(0).max(1e4),
  /** Moments of inertia about the principal axes (kg·m²). */
  inertia: z.tuple([MOMENT, MOMENT, MOMENT]).refine(isPossible, {
    error: "expected three moments of which none is more than the other two together",
  }),
});

/** Returns whether moments of inertia can belong to a body with mass, except for rounding. */
function isPossible([a, b, c]: readonly [number, number, number]): boolean {
  const slack = 1e-9 * (a + b + c);
  return a + b >= c - slack && b + c >= a - slack && c + a >= b - slack;
}

const SHARE_OF_MOTION = z.number().min(0).max(1e6);

const JOINT = z.strictObject({
  name: LINK_NAME,
  type: z.enum(["hinge", "slide"]),
  /** Axis in the link's frame, through its origin. */
  axis: POINT.refine((axis) => Math.hypot(...axis) > 0, { error: "expected an axis, found 0" }),
  /** Range of a hinge (rad) or slide (m); unlimited if absent. */
  range: z.tuple([FINITE, FINITE]).refine(([low, high]) => low < high, {
    error: "expected [low, high] with low below high",
  }).optional(),
  /** Damping (N·m·s/rad or N·s/m). */
  damping: SHARE_OF_MOTION.default(0),
  /** Dry friction, N·m or N. */
  friction: SHARE_OF_MOTION.default(0),
  /** Maximum effort of a drive (N·m or N). */
  effort: z.number().gt(0).max(1e9).optional(),
});

const LINK = z.strictObject({
  name: LINK_NAME,
  /** A link before it; the root has none. */
  parent: LINK_NAME.optional(),
  /** Frame relative to the parent's, with the joint at 0. */
  ...FRAME,
  /** Fixed to the parent if absent. */
  joint: JOINT.optional(),
  /** Mass and inertia; if absent, those of the shapes filled with water. */
  inertial: INERTIAL.optional(),
  shapes: z.array(z.strictObject({
    shape: SOLID,
    ...FRAME,
    color: COLOUR.default([0.6, 0.6, 0.6]),
    /** Whether the shape collides; otherwise it is only visible. */
    collides: z.boolean().default(true),
  })).max(64).default([]),
});

/** A number of every joint, or of some by name. */
const byJoint = (value: z.ZodNumber) =>
  z.union([value, z.record(LINK_NAME, value)], {
    error: "expected a number, or numbers by joint",
  });

const DRIVE = z.strictObject({
  /** Stiffness that holds joints at their initial position; 0 means no drive (N·m/rad or N/m). */
  stiffness: byJoint(SHARE_OF_MOTION).optional(),
  damping: byJoint(SHARE_OF_MOTION).optional(),
  friction: byJoint(SHARE_OF_MOTION).optional(),
  max_effort: byJoint(z.number().gt(0)).optional(),
  drive_type: z.enum(["force", "none"], { error: "expected force or none" }).default("force"),
  max_velocity: absent("MuJoCo limits no velocity of a joint: give it damping"),
  armature: absent("a joint carries its links alone"),
});

const POSE = "init_pos and init_rot say it";

export const ARTICULATION = z.strictObject({
  uid: NAME,
  /** Files name a URDF by `fpath`, of which these are read: see `readArticulationFile()`. */
  links: z.array(LINK).min(1).max(64),
  init_pos: POINT.default([0, 0, 0]),
  /** Rotation about the fixed axes x, then y, then z (degrees). */
  init_rot: POINT.default([0, 0, 0]),
  init_local_pose: absent(POSE),
  /**
   * Positions of all joints in order, or of some by name; otherwise 0, or the limit nearest to it.
   */
  init_qpos: z.union([z.array(FINITE), z.record(LINK_NAME, FINITE)], {
    error: "expected joint positions as a list, or by joint",
  }).default({}),
  fix_base: z.boolean().default(true),
  disable_self_collision: z.boolean().default(true),
  drive_props: DRIVE.optional(),
  drive_pros: DRIVE.optional(),
  attrs: z.strictObject({ mass: absent("the links have masses"), ...CONTACT_ATTRIBUTES })
    .prefault({}),
  link_attrs: absent("attrs are those of every link"),
  body_scale: z.tuple([LENGTH, LENGTH, LENGTH]).refine(([x, y, z]) => x === y && y === z, {
    error: "expected one factor three times: joints turn, which shears nothing",
  }).default([1, 1, 1]),
  /** Points by link that action configs name, in the frame of the link. */
  affordances: z.record(LINK_NAME, z.record(NAME, POINT)).default({}),
  compute_uv: absentUnless(false, "there are no textures"),
  qpos_limits: absent("the joints of the file have limits"),
  asset_physics_mode: absent("what drive_props and attrs give, counts; else the file"),
  use_usd_properties: absent("files are URDFs"),
  build_pk_chain: absent("kinematics are MuJoCo's"),
  sleep_threshold: absent(SOLVER),
  min_position_iters: absent(SOLVER),
  min_velocity_iters: absent(SOLVER),
});
