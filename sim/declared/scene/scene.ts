import { ARM_MATERIALS, armActuators, armLinks } from "../../arm/arm.ts";
import { rotationOfDegrees } from "../../world/quaternion.ts";
import { NOMINAL_DIFFUSE } from "../../images/sun.ts";
import { articulationElements } from "./articulation_scene.ts";
import type {
  Background,
  GymConfig,
  Light,
  ObjectGroup,
  RigidObject,
} from "../config/gym_config_types.ts";
import { cameraElements, WORLD } from "./cameras.ts";
import { USUAL_INTENSITY } from "../config/sensor_config.ts";
import { shapeAsset, shapeGeoms } from "./shapes.ts";

/** Prefix of the names of each arm of a robot, by its type. */
export const ARM_PREFIXES = { SingleArm: [""], DualArm: ["left_", "right_"] } as const;

/** Camera of images; a config declares no other. */
export const SCENE_CAMERA = "scene";

/** Height of the floor, below every table (m). */
const FLOOR = -1;

/**
 * The scene of a gym config as MJCF: floor, light, camera, arms, and every declared object. Bodies
 * have the names of their entities, members of a group `<uid>/<index>`, geoms `<uid>/<index>` too,
 * links of an articulation `<uid>/<link>`.
 *
 * Contacts are those of `armScene()`: objects touch each other, the floor and the arms; arms do not
 * touch arms.
 *
 * @param timestep Seconds of one physics step
 */
export function declaredScene(config: GymConfig, timestep: number): string {
  const { robot, background, rigid_object: objects, rigid_object_group: groups, light } = config;
  const prefixes = ARM_PREFIXES[robot.robot_type];
  const direction = (light.direct[0]?.init_pos ?? [0.45, -0.35, 0.82]).map((axis) => -axis);
  const focus = sceneFocus(config), mounted = cameraElements(config);
  const articulations = config.articulation.map((each) => articulationElements(each, mounted));
  return `<mujoco model="declared">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="${timestep}" integrator="implicitfast" cone="elliptic" impratio="20">
    <flag autoreset="disable"/>
  </option>
  <default>
    <geom contype="0" conaffinity="1"/>
    <joint armature=".1" damping="1"/>
    <default class="seen"><geom conaffinity="0"/></default>
    <default class="free"><joint armature="0" damping="0"/></default>
  </default>
  <asset>${
    Object.entries(ARM_MATERIALS)
      .map(([name, rgb]) => `<material name="${name}" rgba="${rgb.join(" ")} 1"/>`).join("")
  }${[...background, ...objects].map(shapeAsset).join("")}${
    articulations.map(({ assets }) => assets).join("")
  }</asset>
  <worldbody>
    <light name="sun" directional="true" dir="${direction.join(" ")}"${diffuse(light.direct[0])}/>
    <body name="focus/" pos="${focus.join(" ")}"/>
    <camera name="${SCENE_CAMERA}" pos="${focus[0] + 1.1} ${focus[1] - 0.9} ${focus[2] + 0.7}"
      mode="targetbody" target="focus/" fovy="42"/>${mounted(WORLD)}
    <geom name="floor/" type="plane" pos="0 0 ${FLOOR}" size="4 4 .1" material="floor" contype="1"/>
    ${prefixes.map((prefix, i) => arm(config, prefix, i, prefixes.length)).join("\n    ")}
    ${[...background, ...objects].map((body) => object(body, mounted(body.uid))).join("\n    ")}
    ${groups.map((members) => group(members, timestep)).join("\n    ")}
    ${articulations.map(({ bodies }) => bodies).join("\n    ")}
  </worldbody>
  <contact>${articulations.map(({ contacts }) => contacts).join("")}</contact>
  <actuator>
    ${prefixes.map((prefix) => armActuators(prefix)).join("\n    ")}
    ${articulations.map(({ actuators }) => actuators).join("")}
  </actuator>
</mujoco>`;
}

/** The middle of what there is to see: of the objects, else before the robot. */
function sceneFocus(
  { rigid_object, articulation, robot }: GymConfig,
): readonly [number, number, number] {
  const [x, y, z] = robot.init_pos, objects = [...rigid_object, ...articulation];
  if (objects.length === 0) return [x + 0.4, y, z + 0.3];
  const mean = (axis: 0 | 1 | 2) =>
    objects.reduce((sum, { init_pos }) => sum + init_pos[axis], 0) / objects.length;
  return [(mean(0) + x) / 2, mean(1), mean(2) + 0.1];
}

/** Returns the diffuse colour of a light that differs from MuJoCo's own in strength or colour. */
function diffuse(light: Light | undefined): string {
  if (light === undefined) return "";
  const { color, intensity } = light, share = NOMINAL_DIFFUSE * intensity / USUAL_INTENSITY;
  if (color.every((channel) => channel * share === NOMINAL_DIFFUSE)) return "";
  return ` diffuse="${color.map((channel) => channel * share).join(" ")}"`;
}

function arm(config: GymConfig, prefix: string, i: number, count: number): string {
  const { robot } = config, [x, y, z] = robot.init_pos;
  // The left arm stands on the side of positive y, as seen by the robot.
  const side = count === 1 ? 0 : (0.5 - i) * robot.spacing;
  return `<body name="${prefix}base/" pos="${x} ${y + side} ${z}">
      <geom class="seen" type="cylinder" fromto="0 0 -.02 0 0 .12" size=".085" material="joint"/>
      ${armLinks(prefix, cameraElements(config))}
    </body>`;
}

/** @param mounted Elements within the body */
function object(body: Background | RigidObject, mounted: string): string {
  const { uid, init_pos, init_rot, body_type } = body;
  const joint = body_type === "dynamic" ? `<freejoint name="${uid}"/>` : "";
  const mocap = body_type === "kinematic" ? ' mocap="true"' : "";
  return `<body name="${uid}"${mocap} pos="${init_pos.join(" ")}" quat="${
    rotationOfDegrees(init_rot).join(" ")
  }">${joint}${shapeGeoms(body).join("")}${mounted}</body>`;
}

/** Returns the MJCF of a group, whose members are at the origin until an episode starts. */
function group({ uid, count, shape, attrs, color }: ObjectGroup, timestep: number): string {
  // Frictionless among themselves and against walls, as drops: priority decides over the other geom.
  // Contacts as stiff as the timestep allows: with MuJoCo's own, fast drops pass through a bottom.
  return Array.from(
    { length: count },
    (_, i) =>
      `<body name="${uid}/${i}" pos="0 0 ${i}"><freejoint name="${uid}/${i}"/>` +
      `<geom name="${uid}/${i}" type="sphere" size="${shape.radius}" mass="${attrs.mass}" ` +
      `rgba="${color.join(" ")} 1" contype="1" condim="1" priority="1" solref="${
        2 * timestep
      } 1"/></body>`,
  ).join("");
}
