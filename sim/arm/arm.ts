/**
 * A 7-joint arm with a parallel gripper on a table: the MJCF that manipulation tasks share.
 *
 * Kinematics and joint limits are those of the Franka Emika Panda (its data sheet, Craig's
 * convention, with every frame turned to the world's axes at zero angles, and the hand along the
 * flange at q7 = 0). Its limits of torque and speed are the data sheet's too; masses, capsules and
 * gains are our own round numbers.
 */

/** Joints of the arm, in order from the base. */
export const ARM_JOINTS = ["j1", "j2", "j3", "j4", "j5", "j6", "j7"] as const;

/** Lower limit of each joint (rad). */
export const JOINT_LOW = [-2.9, -1.76, -2.9, -3.07, -2.9, -0.02, -2.9] as const;

/** Upper limit of each joint (rad). */
export const JOINT_HIGH = [2.9, 1.76, 2.9, -0.07, 2.9, 3.75, 2.9] as const;

/** Ready pose: bent, the hand pointing down before the arm, 0.4 m above the table (rad). */
export const READY_POSE = [0, -0.3, 0, -2.2, 0, 1.9, 0] as const;

/** Opening of one finger (m). */
export const FINGER_OPEN = 0.04;

/** RGB in [0, 1], by name of the material. */
export type Materials = Readonly<
  Record<string, readonly [red: number, green: number, blue: number]>
>;

/** Colours of the scene. */
export const ARM_MATERIALS = {
  shell: [0.93, 0.93, 0.91],
  joint: [0.22, 0.25, 0.29],
  finger: [0.13, 0.14, 0.16],
  table: [0.72, 0.58, 0.43],
  floor: [0.62, 0.67, 0.71],
} as const satisfies Materials;

/** One moving link: where it hangs on the one before, what it turns about, what it looks like. */
interface Link {
  readonly offset: string;
  readonly axis: string;
  /** Mass (kg). */
  readonly mass: number;
  /** Largest torque of the joint, both ways (Nm). */
  readonly torque: number;
  /** Proportional gain of the joint's position servo, Nm/rad. */
  readonly gain: number;
  /** `fromto radius` of the capsule that carries the mass, and of a darker one about the axis. */
  readonly shell: readonly [fromto: string, radius: number];
  readonly hub: readonly [fromto: string, radius: number];
}

// Gains fall with the inertia that a joint carries. With a damping of a twentieth of the gain, a target
// that stays a step ahead is followed at one step a control period (0.05 s).
const LINKS: readonly Link[] = [
  {
    offset: "0 0 .333",
    axis: "0 0 1",
    mass: 3,
    torque: 87,
    gain: 1200,
    shell: ["0 0 -.17 0 0 -.02", .062],
    hub: ["0 0 -.185 0 0 -.18", .066],
  },
  {
    offset: "0 0 0",
    axis: "0 1 0",
    mass: 3,
    torque: 87,
    gain: 1200,
    shell: ["0 0 .04 0 0 .2", .058],
    hub: ["0 -.045 0 0 .045 0", .064],
  },
  {
    offset: "0 0 .316",
    axis: "0 0 1",
    mass: 2.5,
    torque: 87,
    gain: 1200,
    shell: ["0 0 -.09 .07 0 0", .052],
    hub: ["0 0 -.105 0 0 -.1", .06],
  },
  {
    offset: ".0825 0 0",
    axis: "0 -1 0",
    mass: 2.5,
    torque: 87,
    gain: 1200,
    shell: ["-.02 0 .02 -.0825 0 .11", .05],
    hub: ["0 -.04 0 0 .04 0", .056],
  },
  {
    offset: "-.0825 0 .384",
    axis: "0 0 1",
    mass: 2,
    torque: 12,
    gain: 120,
    shell: ["0 0 -.25 0 .02 -.05", .046],
    hub: ["0 0 -.265 0 0 -.26", .054],
  },
  {
    offset: "0 0 0",
    axis: "0 -1 0",
    mass: 1.5,
    torque: 12,
    gain: 120,
    shell: [".02 0 0 .075 0 0", .042],
    hub: ["0 -.035 0 0 .035 0", .05],
  },
  {
    offset: ".088 0 0",
    axis: "0 0 -1",
    mass: .7,
    torque: 12,
    gain: 120,
    shell: ["0 0 .01 0 0 -.05", .04],
    hub: ["0 0 -.07 0 0 -.068", .044],
  },
];

/** Index of the first link that can reach the table. */
const FOREARM = 4;

/** Additions of a task to the arm. */
export interface ArmSceneOptions {
  /** Seconds of one physics step. */
  readonly timestep: number;
  /** MJCF of the task's own bodies. */
  readonly bodies: string;
  /** Colours of theirs. */
  readonly materials: Materials;
}

/**
 * The scene as MJCF: floor, table, arm, camera and light, and the task's bodies.
 *
 * Joints `j1` … `j7`, `finger1`, `finger2` have position servos of the same names; site `ee` is the
 * point between the finger tips. Gravity of the arm is compensated, as the Panda's own controller
 * does. Forearm, hand and fingers collide with what has contact type 1 (table, floor), not with
 * each other; the upper arm, which cannot reach the table, is only seen: that saves 15 % of the
 * time of a step.
 */
export function armScene({ timestep, bodies, materials }: ArmSceneOptions): string {
  return `<mujoco model="arm">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="${timestep}" integrator="implicitfast" cone="elliptic" impratio="20">
    <flag autoreset="disable"/>
  </option>
  <default>
    <geom contype="0" conaffinity="1"/>
    <joint armature=".1" damping="1"/>
    <default class="seen"><geom conaffinity="0"/></default>
  </default>
  <asset>${
    Object.entries({ ...ARM_MATERIALS, ...materials })
      .map(([name, rgb]) => `<material name="${name}" rgba="${rgb.join(" ")} 1"/>`).join("")
  }</asset>
  <worldbody>
    <light name="sun" directional="true" dir="-.45 .35 -.82"/>
    <body name="focus" pos=".33 0 .3"/>
    <camera name="scene" pos="1.5 -1.05 .9" mode="targetbody" target="focus" fovy="38"/>
    <geom name="floor" type="plane" pos="0 0 -.6" size="4 4 .1" material="floor" contype="1"/>
    <geom name="table" type="box" pos=".38 0 -.02" size=".58 .5 .02" material="table" contype="1"/>
    ${tableLegs()}
    <geom class="seen" type="cylinder" fromto="0 0 0 0 0 .12" size=".085" material="joint"/>
    ${armLinks()}
    ${bodies}
  </worldbody>
  <actuator>
    ${armActuators()}
  </actuator>
</mujoco>`;
}

/**
 * The moving bodies of an arm, for scenes of their own: see {@linkcode armScene} for joints, site
 * and contacts.
 *
 * @param prefix Of every name, where a scene has more than one arm
 * @param mounted Elements that a body of the name carries, e.g. cameras
 */
export function armLinks(prefix = "", mounted: Mounted = () => ""): string {
  return chain(0, prefix, mounted);
}

/** MJCF of what is fixed to a body. */
export type Mounted = (body: string) => string;

/** Names of the bodies of {@linkcode armLinks}. */
export function armBodies(prefix = ""): readonly string[] {
  return [...LINKS.map((_, i) => `link${i + 1}`), "hand", "finger1", "finger2"]
    .map((name) => prefix + name);
}

/** The servos of {@linkcode armLinks}: 7 joints, then 2 fingers. */
export function armActuators(prefix = ""): string {
  const joints = LINKS.map(({ gain, torque }, i) => {
    const name = prefix + ARM_JOINTS[i];
    return `<position name="${name}" joint="${name}" kp="${gain}" kv="${gain / 20}" ` +
      `forcerange="${-torque} ${torque}"/>`;
  });
  const fingers = ["finger1", "finger2"].map((finger) => {
    const name = prefix + finger;
    return `<position name="${name}" joint="${name}" kp="500" kv="20" forcerange="-40 40"/>`;
  });
  return [...joints, ...fingers].join("\n    ");
}

function tableLegs(): string {
  return [[-.15, -.45], [-.15, .45], [.91, -.45], [.91, .45]].map(([x, y]) =>
    `<geom class="seen" type="box" pos="${x} ${y} -.32" size=".025 .025 .28" material="joint"/>`
  ).join("");
}

/** Returns the MJCF of link i and the following ones. */
function chain(i: number, prefix: string, mounted: Mounted): string {
  const link = LINKS[i];
  if (link === undefined) return hand(prefix, mounted);
  const { offset, axis, mass, shell, hub } = link;
  return `<body name="${prefix}link${i + 1}" pos="${offset}" gravcomp="1">
      <joint name="${prefix}${ARM_JOINTS[i]}" axis="${axis}" range="${JOINT_LOW[i]} ${
    JOINT_HIGH[i]
  }"/>
      <geom type="capsule" fromto="${shell[0]}" size="${shell[1]}" mass="${mass}" material="shell"
        ${i < FOREARM ? 'class="seen"' : ""}/>
      <geom class="seen" type="cylinder" fromto="${hub[0]}" size="${hub[1]}" mass="0"
        material="joint"/>${mounted(`${prefix}link${i + 1}`)}
      ${chain(i + 1, prefix, mounted)}
    </body>`;
}

function hand(prefix: string, mounted: Mounted): string {
  const finger = (i: number, side: number) =>
    `<body name="${prefix}finger${i}" pos="0 0 -.08" gravcomp="1">
        <joint name="${prefix}finger${i}" type="slide" axis="0 ${side} 0" range="0 ${FINGER_OPEN}"/>
        <geom name="${prefix}finger${i}" type="box" pos="0 ${side * .008} 0" size=".01 .008 .0234"
          mass=".05" material="finger" friction="2 .05 .001" condim="4"/>
      </body>`;
  return `<body name="${prefix}hand" pos="0 0 -.107" gravcomp="1">
      <geom type="box" pos="0 0 -.03" size=".028 .1 .028" mass=".5" material="shell"/>
      <site name="${prefix}ee" pos="0 0 -.1034"/>${mounted(`${prefix}hand`)}
      ${finger(1, 1)}
      ${finger(2, -1)}
    </body>`;
}
