import { ARM_JOINTS, FINGER_OPEN, READY_POSE } from "../../arm/arm.ts";
import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { type Pose, rotationOfDegrees } from "../../world/quaternion.ts";
import { type ArticulationLayout, articulationLayout } from "./articulation_layout.ts";
import type { ControlPart, GymConfig } from "../config/gym_config_types.ts";
import { ROBOT_PARTS } from "../config/gym_config.ts";
import { jointPlace, type ObjectLayout, objectLayout } from "./object_layout.ts";
import { ARM_PREFIXES } from "../scene/scene.ts";

/** Positions of an arm with its gripper in the arrays of a scene. */
export interface ArmLayout {
  readonly prefix: string;
  /** First of 7 joints and 2 fingers in `qpos`, in `qvel` and in `ctrl`. */
  readonly qpos: number;
  readonly dof: number;
  readonly ctrl: number;
  /** Site between the finger tips. */
  readonly endEffector: number;
}

/** One controlled part. */
export interface PartLayout {
  readonly part: ControlPart;
  readonly arm: ArmLayout;
  readonly isGripper: boolean;
}

/** Positions, in the arrays of a scene, of everything that its config declares. */
export interface SceneLayout {
  readonly arms: readonly ArmLayout[];
  /** Every part of the robot. */
  readonly parts: readonly PartLayout[];
  /** Objects, including articulations and their links. */
  readonly objects: ReadonlyMap<string, ObjectLayout>;
  readonly articulations: ReadonlyMap<string, ArticulationLayout>;
  readonly groups: ReadonlyMap<string, readonly ObjectLayout[]>;
}

/** Looks everything up, once a scene. */
export function layoutOf(config: GymConfig, scene: MujocoScene): SceneLayout {
  const { robot, background, rigid_object: declared, rigid_object_group: groups } = config;
  const arms = ARM_PREFIXES[robot.robot_type].map((prefix) => armLayout(scene, prefix));
  const parts = ROBOT_PARTS[robot.robot_type].map((part) => ({
    part,
    arm: arms.find(({ prefix }) => part.startsWith(prefix))!, // parts are named for their arm
    isGripper: part.endsWith("eef"),
  }));
  const bodies = [...background, ...declared];
  const objects = bodies.map((body) => {
    const start = { position: body.init_pos, rotation: rotationOfDegrees(body.init_rot) };
    return objectLayout(scene, body.uid, { isFree: body.body_type === "dynamic", start });
  });
  const members = groups.map(({ uid, count }) => {
    const start = rigidStart;
    return [
      uid,
      Array.from(
        { length: count },
        (_, i) => objectLayout(scene, `${uid}/${i}`, { isFree: true, start }),
      ),
    ] as const;
  });
  const articulations = config.articulation.map((each) => articulationLayout(scene, each));
  const links = articulations.flatMap(({ object, links }) => [object, ...links]);
  return {
    arms,
    parts,
    objects: new Map([...objects, ...links].map((object) => [object.uid, object])),
    articulations: new Map(articulations.map((each) => [each.object.uid, each])),
    groups: new Map(members),
  };
}

/** Pose of the members of groups, which declare none. */
const rigidStart: Pose = { position: [0, 0, 0], rotation: [1, 0, 0, 0] };

function armLayout(scene: MujocoScene, prefix: string): ArmLayout {
  return {
    prefix,
    ...jointPlace(scene, `${prefix}${ARM_JOINTS[0]}`),
    ctrl: scene.id("actuator", `${prefix}${ARM_JOINTS[0]}`),
    endEffector: scene.id("site", `${prefix}ee`),
  };
}

/** Returns the initial position of a part: the config's, or else bent and open. */
export function startOf(part: ControlPart, { robot }: GymConfig): readonly number[] {
  return robot.init_qpos[part] ?? (part.endsWith("eef") ? [FINGER_OPEN] : READY_POSE);
}

/** The pose of an object now, after kinematics were updated. */
export function poseOf(scene: MujocoScene, { body }: ObjectLayout): Pose {
  const position = scene.data("xpos"), rotation = scene.data("xquat");
  const p = 3 * body, q = 4 * body;
  return {
    position: [position[p]!, position[p + 1]!, position[p + 2]!],
    rotation: [rotation[q]!, rotation[q + 1]!, rotation[q + 2]!, rotation[q + 3]!],
  };
}

/** Puts an object that can move at rest in a pose. */
export function placeObject(
  scene: MujocoScene,
  { free, mocap }: ObjectLayout,
  { position, rotation }: Pose,
): void {
  if (free !== null) {
    scene.data("qpos").set([...position, ...rotation], free.qpos);
  } else if (mocap !== null) {
    scene.data("mocap_pos").set(position, 3 * mocap);
    scene.data("mocap_quat").set(rotation, 4 * mocap);
  }
}

/** The pose that an object was given while an episode is being prepared. */
export function placedPose(scene: MujocoScene, object: ObjectLayout): Pose {
  const { free, start } = object;
  if (free === null) return start;
  const [x, y, z, w, i, j, k] = scene.data("qpos").subarray(free.qpos, free.qpos + 7);
  return { position: [x!, y!, z!], rotation: [w!, i!, j!, k!] };
}

/** Numbers that a part is controlled by, and their bounds. */
export function sizeOf({ isGripper }: PartLayout): number {
  return isGripper ? 1 : ARM_JOINTS.length;
}
