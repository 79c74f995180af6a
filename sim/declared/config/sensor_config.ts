import { z } from "zod";
import { absent, absentUnless } from "./absent.ts";
import { COLOUR, FINITE, NAME, POINT } from "./fields.ts";

/** Schema of a gym config's cameras, other sensors and lights: `sensor`, and `light`. */

const PIXELS = z.int().min(8).max(2048);

const UID = z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, {
  error: "expected a name of a-z, 0-9 and _ that begins with a letter, at most 31 characters",
});

const POSE = "give eye and target, in the frame of the parent where there is one";

const CAMERA = {
  uid: UID,
  width: PIXELS.default(128),
  height: PIXELS.default(128),
  extrinsics: z.strictObject({
    eye: POINT,
    target: POINT,
    /** Direction that is up in the image; the world's z if absent. */
    up: POINT.optional(),
    /**
     * Link of the robot, `<uid>/<link>` of an articulation, or object that the camera moves along
     * with.
     */
    parent: z.string().min(1).max(63).optional(),
    pos: absent(POSE),
    quat: absent(POSE),
  }),
  /** Vertical field of view; 45 unless it or `intrinsics` is given (degrees). */
  fov: z.number().min(5).max(150).optional(),
  /** fx, fy, cx, cy in pixels. */
  intrinsics: z.tuple([FINITE, FINITE, FINITE, FINITE]).optional(),
  enable_color: z.boolean().default(true),
  enable_depth: z.boolean().default(false),
  enable_mask: z.boolean().default(false),
  enable_normal: absentUnless(false, "normals are not recorded"),
  enable_position: absentUnless(false, "depth says where a pixel is"),
  near: absent("everything is seen, however near"),
  far: absent("everything is seen, however far"),
};

const SENSOR = z.discriminatedUnion("sensor_type", [
  z.strictObject({ sensor_type: z.literal("Camera"), ...CAMERA }),
  z.strictObject({
    sensor_type: z.literal("StereoCamera"),
    ...CAMERA,
    /** Baseline, from the left camera rightwards to the right one; eye is in the middle (m). */
    left_to_right_pos: POINT.default([0.05, 0, 0]),
    left_to_right_rot: absent("both look the same way"),
    intrinsics_right: absent("both have the same intrinsics"),
    enable_disparity: absentUnless(false, "depth of both says it"),
  }),
  z.strictObject({
    sensor_type: z.literal("ContactSensor"),
    uid: UID,
    /** Objects whose contacts are felt. */
    rigid_uid_list: z.array(NAME).max(16).default([]),
    /** Links of the robot or of articulations whose contacts are felt. */
    articulation_cfg_list: z.array(z.strictObject({
      articulation_uid: NAME,
      link_name_list: z.array(z.string().min(1).max(63)).min(1).max(32),
    })).max(4).default([]),
    /** Only contacts of two of them; else of one of them with anything. */
    filter_need_both_actor: z.boolean().default(true),
    max_contacts_per_env: absent("all contacts of a body are one force"),
  }),
  z.strictObject({
    sensor_type: z.literal("Imu"),
    uid: UID,
    /**
     * Link of the robot, `<uid>/<link>` of an articulation, or object that it is fixed to, at its
     * origin.
     */
    parent: z.string().min(1).max(63),
  }),
], { error: "expected a sensor_type of Camera, StereoCamera, ContactSensor or Imu" });

export const SENSORS = z.array(SENSOR).max(16).default([]);

/** Irradiance of a sun of the usual brightness, EmbodiChain's default (W/m²). */
export const USUAL_INTENSITY = 30;

const LIGHT = z.strictObject({
  uid: NAME,
  light_type: z.enum(["point", "direction", "sun"]).default("point"),
  color: COLOUR.default([1, 1, 1]),
  intensity: z.number().min(0).max(1e6).default(USUAL_INTENSITY),
  /** Position of the light, which shines from there to the origin (m). */
  init_pos: POINT.default([1, -1, 2]),
  enable_shadow: absentUnless(true, "a camera of a stage says shadows: false"),
  radius: absent("light comes in parallel rays, as strong everywhere"),
});

export const LIGHTS = z.strictObject({
  direct: z.array(LIGHT).max(1).default([]),
  indirect: absent("the sky's light is always the same"),
}).prefault({});
