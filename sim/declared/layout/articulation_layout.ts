import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { type Pose, rotationOfDegrees } from "../../world/quaternion.ts";
import type { Articulation } from "../config/gym_config_types.ts";
import { type ArticulationJoint, jointsOf } from "../config/articulation_joints.ts";
import { type JointPlace, jointPlace, type ObjectLayout, objectLayout } from "./object_layout.ts";

/** A joint as the arrays of a scene have it. */
export interface JointLayout extends ArticulationJoint, JointPlace {
  /** Index of the drive's control, null for a passive joint. */
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
  const links = articulation.links.map(({ name }) =>
    objectLayout(scene, `${uid}/${name}`, { isFree: false, start })
  );
  const object: ObjectLayout = {
    ...links[0]!, // checkLinks() has found it
    uid,
    geoms: links.flatMap(({ geoms }) => geoms),
    free: fix_base ? null : jointPlace(scene, uid),
  };
  const joints = jointsOf(articulation).map((joint) => {
    const name = `${uid}/${joint.name}`;
    const ctrl = joint.stiffness > 0 ? scene.id("actuator", name) : null;
    return { ...joint, ...jointPlace(scene, name), ctrl };
  });
  return { object, links, joints };
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
