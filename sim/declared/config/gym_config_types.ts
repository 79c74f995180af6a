import type { JsonValue } from "../../../core/canonical.ts";

/**
 * A gym config with every default filled in, as policies of modules read it. The schemas beside say
 * which values are accepted; a test keeps the two equal. Keys that must be absent are left out.
 */

/** X, y and z: m, a direction, or degrees about the three axes. */
export type Point = readonly [x: number, y: number, z: number];

/** Red, green and blue from 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Controlled part of a robot: seven joints, or the opening of a gripper. */
export type ControlPart = "arm" | "eef" | "left_arm" | "left_eef" | "right_arm" | "right_eef";

/** A shape without a hollow; lengths in m. */
export type Solid =
  | { readonly shape_type: "Cube"; readonly size: readonly [x: number, y: number, z: number] }
  | { readonly shape_type: "Sphere"; readonly radius: number }
  | {
    readonly shape_type: "Cylinder" | "Capsule";
    readonly radius: number;
    readonly height: number;
  }
  /** Corners of its convex hull. */
  | { readonly shape_type: "Mesh"; readonly vertices: readonly Point[] };

/** The shape of a body; lengths in m. */
export type Shape = Solid | {
  readonly shape_type: "Vessel";
  /** Radius of the hollow. */
  readonly radius: number;
  readonly height: number;
  readonly thickness: number;
};

/** Friction and restitution of what collides. */
export interface ContactAttributes {
  /** The one coefficient of MuJoCo where `dynamic_friction` is not given. */
  readonly static_friction?: number | undefined;
  readonly dynamic_friction?: number | undefined;
  readonly restitution?: number | undefined;
}

/** Contact and mass (kg) of a body. */
export interface BodyAttributes extends ContactAttributes {
  readonly mass: number;
}

interface Body {
  readonly uid: string;
  readonly shape: Shape;
  readonly attrs: BodyAttributes;
  readonly init_pos: Point;
  /** Degrees about the fixed axes x, then y, then z. */
  readonly init_rot: Point;
  /** Factors of a mesh along its axes. */
  readonly body_scale: readonly [x: number, y: number, z: number];
  readonly color: Colour;
}

/** A body that no action moves. */
export interface Background extends Body {
  readonly body_type: "kinematic" | "static";
}

/** A body that may be moved. */
export interface RigidObject extends Body {
  readonly body_type: "dynamic" | "kinematic" | "static";
  /** Points of the object that action configs name, in its own frame (m). */
  readonly affordances: Readonly<Record<string, Point>>;
}

/** Group of spheres that are in a vessel at the start. */
export interface ObjectGroup {
  readonly uid: string;
  readonly count: number;
  readonly shape: { readonly shape_type: "Sphere"; readonly radius: number };
  readonly attrs: BodyAttributes;
  readonly color: Colour;
  /** Uid of the vessel. */
  readonly inside: string;
}

/** A position (m) and a unit quaternion w, x, y, z. */
interface Frame {
  readonly pos: Point;
  readonly quat: readonly [w: number, x: number, y: number, z: number];
}

/** A joint of an articulation. */
export interface Joint {
  readonly name: string;
  readonly type: "hinge" | "slide";
  /** Axis in the link's frame, through its origin. */
  readonly axis: Point;
  /** Limits (rad of a hinge, m of a slide); none where absent. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** Viscous damping (N·m·s/rad or N·s/m). */
  readonly damping: number;
  /** Dry friction (N·m or N). */
  readonly friction: number;
  /** The largest effort of a drive (N·m or N). */
  readonly effort?: number | undefined;
}

/** A link of an articulation, in the frame of its parent where the joint is at 0. */
export interface Link extends Frame {
  readonly name: string;
  /** A link before it; absent for the root. */
  readonly parent?: string | undefined;
  /** Absent where it is fixed to the parent. */
  readonly joint?: Joint | undefined;
  /** Absent where the shapes weigh as if they were of water. */
  readonly inertial?:
    | (Frame & {
      readonly mass: number;
      /** Moments about the principal axes (kg·m²). */
      readonly inertia: readonly [number, number, number];
    })
    | undefined;
  readonly shapes: readonly (Frame & {
    readonly shape: Solid;
    readonly color: Colour;
    /** False for what is only seen. */
    readonly collides: boolean;
  })[];
}

/** A number for every joint, or for some by name. */
type ByJoint = number | Readonly<Record<string, number>>;

/** Drives of an articulation's joints. */
export interface JointDrive {
  /** Stiffness with which joints are held where they begin (N·m/rad or N/m); 0 is no drive. */
  readonly stiffness?: ByJoint | undefined;
  readonly damping?: ByJoint | undefined;
  readonly friction?: ByJoint | undefined;
  readonly max_effort?: ByJoint | undefined;
  readonly drive_type: "force" | "none";
}

/** An articulated object: links, and the joints between them. */
export interface Articulation {
  readonly uid: string;
  readonly links: readonly Link[];
  readonly init_pos: Point;
  /** Degrees about the fixed axes x, then y, then z. */
  readonly init_rot: Point;
  /** Positions of every joint in their order, or of some by name (rad or m). */
  readonly init_qpos: readonly number[] | Readonly<Record<string, number>>;
  readonly fix_base: boolean;
  readonly disable_self_collision: boolean;
  readonly drive_props?: JointDrive | undefined;
  readonly drive_pros?: JointDrive | undefined;
  readonly attrs: ContactAttributes;
  readonly body_scale: readonly [x: number, y: number, z: number];
  /** Points by link that action configs name, in the frame of the link (m). */
  readonly affordances: Readonly<Record<string, Readonly<Record<string, Point>>>>;
}

interface Camera {
  readonly uid: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly extrinsics: {
    readonly eye: Point;
    readonly target: Point;
    /** Direction that is up in the image; the world's z where absent. */
    readonly up?: Point | undefined;
    /** Link or object that the camera moves along with. */
    readonly parent?: string | undefined;
  };
  /** Vertical field of view (degrees). */
  readonly fov?: number | undefined;
  /** Fx, fy, cx and cy (pixels). */
  readonly intrinsics?: readonly [number, number, number, number] | undefined;
  readonly enable_color: boolean;
  readonly enable_depth: boolean;
  readonly enable_mask: boolean;
}

/** A camera, or two side by side. */
export type CameraSensor =
  | (Camera & { readonly sensor_type: "Camera" })
  | (Camera & {
    readonly sensor_type: "StereoCamera";
    /** Baseline, from the left camera to the right one (m). */
    readonly left_to_right_pos: Point;
  });

/** Sensor of an environment, in addition to its joints. */
export type Sensor =
  | CameraSensor
  | {
    readonly sensor_type: "ContactSensor";
    readonly uid: string;
    /** Objects whose contacts are felt. */
    readonly rigid_uid_list: readonly string[];
    /** Links whose contacts are felt. */
    readonly articulation_cfg_list: readonly {
      readonly articulation_uid: string;
      readonly link_name_list: readonly string[];
    }[];
    /** Only contacts of two of them; else of one of them with anything. */
    readonly filter_need_both_actor: boolean;
  }
  | {
    readonly sensor_type: "Imu";
    readonly uid: string;
    /** Link or object at whose origin it is fixed. */
    readonly parent: string;
  };

/** A light. */
export interface Light {
  readonly uid: string;
  readonly light_type: "point" | "direction" | "sun";
  readonly color: Colour;
  /** Irradiance (W/m²). */
  readonly intensity: number;
  /** Place from which it shines to the origin (m). */
  readonly init_pos: Point;
}

/** Functor by name, with its parameters. */
export interface FunctorConfig {
  readonly func: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Event that changes something when an episode starts, or at intervals. */
export interface EventConfig extends FunctorConfig {
  readonly mode: "startup" | "reset" | "interval";
  /** Control steps between two events. */
  readonly interval_step: number;
}

/** A field that is observed. */
export interface ObservationConfig extends FunctorConfig {
  readonly mode: "add" | "modify";
  /** Field that is modified, or that is added; the functor's own name where absent. */
  readonly name?: string | undefined;
}

/** A term of the reward. */
export interface RewardConfig extends FunctorConfig {
  readonly mode: "add" | "replace";
  readonly weight: number;
}

/** Settings of a config's recorder. */
export interface Recorder {
  readonly save_path?: string | undefined;
  readonly robot_meta: {
    readonly robot_type?: string | undefined;
    /** Control steps per second. */
    readonly control_freq: number;
  } & { readonly [key: string]: JsonValue };
  readonly instruction?: { readonly lang: string; readonly [key: string]: JsonValue } | undefined;
  readonly extra: Readonly<Record<string, JsonValue>>;
  readonly use_videos: boolean;
  readonly save_failed_episodes: boolean;
}

/** A gym config with every default filled in. */
export interface GymConfig {
  readonly id: string;
  readonly max_episodes: number;
  /** Control steps. */
  readonly max_episode_steps: number;
  readonly num_envs: number;
  readonly demo_max_attempts: number;
  /** Seed of what is drawn once, at startup. */
  readonly seed: number;
  /** Length of one physics step (s). */
  readonly physics_dt: number;
  readonly env: {
    readonly events: Readonly<Record<string, EventConfig>>;
    readonly observations: Readonly<Record<string, ObservationConfig>>;
    readonly rewards: Readonly<Record<string, RewardConfig>>;
    readonly success: Readonly<Record<string, FunctorConfig>>;
    readonly dataset: Readonly<
      Record<string, {
        readonly func: "LeRobotRecorder";
        readonly mode: "save";
        readonly params: Recorder;
      }>
    >;
    readonly control_parts?: readonly ControlPart[] | undefined;
  };
  readonly robot: {
    readonly uid: string;
    readonly robot_type: "SingleArm" | "DualArm";
    /** Middle of the base, or of the two (m). */
    readonly init_pos: Point;
    /** Distance between the two bases, along y (m). */
    readonly spacing: number;
    /** Seven angles (rad) by part, or the opening of a finger (m). */
    readonly init_qpos: { readonly [Part in ControlPart]?: readonly number[] | undefined };
  };
  readonly sensor: readonly Sensor[];
  readonly light: { readonly direct: readonly Light[] };
  readonly background: readonly Background[];
  readonly rigid_object: readonly RigidObject[];
  readonly rigid_object_group: readonly ObjectGroup[];
  readonly articulation: readonly Articulation[];
}
