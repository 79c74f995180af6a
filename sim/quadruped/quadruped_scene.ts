/** Legs in the order of joints, torques and everything per leg: front left, front right, rear ... */
export const LEGS = ["FL", "FR", "RL", "RR"] as const;

/** Lengths of thigh and calf, and distance of the hip's axis from the leg's plane (m). */
export const THIGH = 0.2, CALF = 0.2, HIP_OFFSET = 0.05;

/** Distance from the middle of the trunk to the hips, forward and sideways (m). */
const HIP_X = 0.19, HIP_Y = 0.06;

/** `[4]` by leg: 1 for front or left, −1 for rear or right. */
export const FRONT = [1, 1, -1, -1] as const, LEFT = [1, -1, 1, -1] as const;

/**
 * Longitudinal distances from the middle of the trunk to the feet of a standing robot, `[4]` (m).
 */
export const FOOT_X: readonly number[] = FRONT.map((front) => front * HIP_X);
export const FOOT_Y: readonly number[] = LEFT.map((left) => left * (HIP_Y + HIP_OFFSET));

/** Joints of one leg, from the trunk down. */
const LEG_JOINTS = ["hip", "thigh", "calf"] as const;

/** Names of the 12 joints, which are also those of their motors. */
export const QUADRUPED_JOINTS: readonly string[] = LEGS.flatMap((leg) =>
  LEG_JOINTS.map((joint) => `${leg}_${joint}`)
);

/** Largest torque of a motor, either way (Nm). */
export const TORQUE_LIMIT = 30;

/** Mass of the trunk, and of the parts of a leg (kg). */
export const TRUNK_MASS = 6;
const HIP_MASS = 0.6, THIGH_MASS = 0.9, CALF_MASS = 0.15, FOOT_MASS = 0.06;
/** Mass of the whole robot (kg). */
export const ROBOT_MASS = TRUNK_MASS + 4 * (HIP_MASS + THIGH_MASS + CALF_MASS + FOOT_MASS);

/** Radius of a foot (m). */
export const FOOT_RADIUS = 0.022;

/** Coefficient of sliding friction of feet and ground. */
const FRICTION = 0.8;

const MATERIALS = {
  floor: [0.72, 0.74, 0.76],
  trunk: [0.2, 0.22, 0.26],
  head: [0.9, 0.55, 0.2],
  leg: [0.45, 0.48, 0.53],
  foot: [0.12, 0.12, 0.13],
} as const;

/** Options of a scene. */
export interface QuadrupedSceneOptions {
  /** Seconds of one physics step. */
  readonly timestep: number;
  /** Numbers that the environment keeps in the simulator's state. */
  readonly userdata: number;
}

/**
 * The scene as MJCF: a plane and a robot of the size and mass of Unitree's A1 (trunk 6 kg, legs
 * 1.71 kg each), with a motor of ± 30 Nm at each of its 12 joints. Only feet touch the ground, so
 * that a walk costs four contacts. The camera keeps its distance to the trunk.
 */
export function quadrupedScene({ timestep, userdata }: QuadrupedSceneOptions): string {
  return `<mujoco model="quadruped">
  <compiler angle="radian" autolimits="true"/>
  <size nuserdata="${userdata}"/>
  <option timestep="${timestep}" integrator="implicitfast">
    <flag autoreset="disable"/>
  </option>
  <default>
    <geom contype="0" conaffinity="0" friction="${FRICTION} .02 .001"/>
    <joint damping=".1" armature=".01"/>
    <motor ctrlrange="${-TORQUE_LIMIT} ${TORQUE_LIMIT}"/>
  </default>
  <asset>${
    Object.entries(MATERIALS)
      .map(([name, rgb]) => `<material name="${name}" rgba="${rgb.join(" ")} 1"/>`).join("")
  }</asset>
  <worldbody>
    <light name="sun" directional="true" dir="-.45 .35 -.82"/>
    <geom name="floor" type="plane" size="50 50 .1" material="floor" conaffinity="1"/>
    <body name="trunk" pos="0 0 .302">
      <freejoint name="base"/>
      <camera name="scene" mode="trackcom" pos="1.1 -1.3 .7" xyaxes="1.3 1.1 0 -.38 .45 1.7" fovy="32"/>
      <geom name="trunk" type="box" size=".2 .08 .05" mass="${TRUNK_MASS}" material="trunk"/>
      <geom type="box" pos=".22 0 .02" size=".03 .05 .035" mass="0" material="head"/>
      ${LEGS.map((_, leg) => legOf(leg)).join("")}
    </body>
  </worldbody>
  <actuator>${
    QUADRUPED_JOINTS.map((name) => `<motor name="${name}" joint="${name}"/>`).join("")
  }</actuator>
</mujoco>`;
}

function legOf(leg: number): string {
  const name = LEGS[leg]!, left = LEFT[leg]!;
  return `<body name="${name}_hip" pos="${FRONT[leg]! * HIP_X} ${left * HIP_Y} 0">
        <joint name="${name}_hip" axis="1 0 0" range="-.9 .9"/>
        <geom type="sphere" size=".04" mass="${HIP_MASS}" material="leg"/>
        <body name="${name}_thigh" pos="0 ${left * HIP_OFFSET} 0">
          <joint name="${name}_thigh" axis="0 1 0" range="-1.5 3"/>
          <geom type="capsule" fromto="0 0 -.03 0 0 -.17" size=".02" mass="${THIGH_MASS}" material="trunk"/>
          <body name="${name}_calf" pos="0 0 ${-THIGH}">
            <joint name="${name}_calf" axis="0 1 0" range="-2.8 -.1"/>
            <geom type="capsule" fromto="0 0 -.02 0 0 -.18" size=".012" mass="${CALF_MASS}" material="leg"/>
            <geom name="${name}_foot" type="sphere" pos="0 0 ${-CALF}" size="${FOOT_RADIUS}" mass="${FOOT_MASS}"
              material="foot" contype="1"/>
          </body>
        </body>
      </body>`;
}
