import type { MujocoScene } from "../../mujoco/mujoco.ts";
import type { Pose } from "../../world/quaternion.ts";

/** Position of a joint in the arrays of a scene. */
export interface JointPlace {
  readonly qpos: number;
  readonly dof: number;
}

/** An object as the arrays of a scene have it. */
export interface ObjectLayout {
  readonly uid: string;
  readonly body: number;
  readonly geoms: readonly number[];
  /** Free joint of a dynamic object, otherwise null. */
  readonly free: JointPlace | null;
  /** Index among kinematic objects, null for others. */
  readonly mocap: number | null;
  /** Declared pose. */
  readonly start: Pose;
}

/** Looks an object up, whose body has its name and whose free joint, if it is free, too. */
export function objectLayout(
  scene: MujocoScene,
  uid: string,
  { isFree, start }: { readonly isFree: boolean; readonly start: Pose },
): ObjectLayout {
  const body = scene.id("body", uid), mocap = scene.model("body_mocapid")[body]!;
  const first = scene.model("body_geomadr")[body]!, count = scene.model("body_geomnum")[body]!;
  return {
    uid,
    body,
    geoms: Array.from({ length: count }, (_, i) => first + i),
    free: isFree ? jointPlace(scene, uid) : null,
    mocap: mocap < 0 ? null : mocap,
    start,
  };
}

/** Looks a joint up by its name. */
export function jointPlace(scene: MujocoScene, name: string): JointPlace {
  const joint = scene.id("joint", name);
  return { qpos: scene.model("jnt_qposadr")[joint]!, dof: scene.model("jnt_dofadr")[joint]! };
}
