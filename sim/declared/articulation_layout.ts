import type { MujocoScene } from "../mujoco.ts";
import { type Pose, rotationOfDegrees } from "../quaternion.ts";
import type { Articulation } from "./articulation_config.ts";
import { type ArticulationJoint, jointsOf } from "./articulation_joints.ts";
import type { ObjectLayout } from "./layout.ts";

/** A joint as the arrays of a scene have it. */
export interface JointLayout extends ArticulationJoint {
  readonly qpos: number;
  readonly dof: number;
  /** Of the drive, null of a passive joint. */
  readonly ctrl: number | null;
}

/** An articulation as the arrays of a scene have it. */
export interface ArticulationLayout {
  /** The root, with the geoms of every link. */
  readonly object: ObjectLayout;
  /** Named `<uid>/<link>`. */
  readonly links: readonly ObjectLayout[];
  readonly joints: readonly JointLayout[];
}

/** Looks an articulation up, once a scene. */
export function articulationLayout(
  scene: MujocoScene,
  articulation: Articulation,
): ArticulationLayout {
  const { uid, init_pos, init_rot, fix_base } = articulation;
  const start: Pose = { position: init_pos, rotation: rotationOfDegrees(init_rot) };
  const links = articulation.links.map(({ name }): ObjectLayout => {
    const body = scene.id("body", `${uid}/${name}`), mocap = scene.model("body_mocapid")[body]!;
    const first = scene.model("body_geomadr")[body]!, count = scene.model("body_geomnum")[body]!;
    return {
      uid: `${uid}/${name}`,
      body,
      geoms: Array.from({ length: count }, (_, i) => first + i),
      free: null,
      mocap: mocap < 0 ? null : mocap,
      start,
    };
  });
  const object: ObjectLayout = {
    ...links[0]!, // checkLinks() has found it
    uid,
    geoms: links.flatMap(({ geoms }) => geoms),
    free: fix_base ? null : placesOf(scene, uid),
  };
  const joints = jointsOf(articulation).map((joint) => {
    const name = `${uid}/${joint.name}`;
    const ctrl = joint.stiffness > 0 ? scene.id("actuator", name) : null;
    return { ...joint, ...placesOf(scene, name), ctrl };
  });
  return { object, links, joints };
}

function placesOf(scene: MujocoScene, name: string) {
  const joint = scene.id("joint", name);
  return {
    qpos: scene.model("jnt_qposadr")[joint]!,
    dof: scene.model("jnt_dofadr")[joint]!,
  };
}

/** Puts a joint somewhere at rest; its drive holds it there. */
export function placeJoint(
  scene: MujocoScene,
  { qpos, ctrl, range: [low, high] = [-Infinity, Infinity] }: JointLayout,
  position: number,
): void {
  const within = Math.min(high, Math.max(low, position));
  scene.data("qpos")[qpos] = within;
  if (ctrl !== null) scene.data("ctrl")[ctrl] = within;
}
