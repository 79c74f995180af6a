import { rotationOfDegrees, scaled } from "../../world/quaternion.ts";
import type { Articulation, Link, Solid } from "../config/gym_config_types.ts";
import { type ArticulationJoint, jointsOf } from "../config/articulation_joints.ts";
import { frictionOf, geomsOf } from "./shapes.ts";

/** The parts of a scene's MJCF that an articulation adds to. */
export interface ArticulationElements {
  readonly assets: string;
  readonly bodies: string;
  readonly contacts: string;
  readonly actuators: string;
}

/**
 * An articulation as MJCF. Bodies are named `<uid>/<link>`, joints and their drives
 * `<uid>/<joint>`, geoms `<uid>/<link>/<index>`. A root that is fixed is moved by events alone, as
 * kinematic objects are; the joint of one that is free has the name of the articulation.
 *
 * @param mounted Elements within a body of the name, e.g. cameras
 */
export function articulationElements(
  articulation: Articulation,
  mounted: (body: string) => string,
): ArticulationElements {
  const { uid, links } = articulation, joints = jointsOf(articulation);
  return {
    assets: links.flatMap((link) => link.shapes.map((_, i) => meshOf(articulation, link, i)))
      .join(""),
    bodies: bodyOf(articulation, links[0]!, { mounted, joints }), // the root, as checkLinks() says
    contacts: excluded(articulation).map(([one, other]) =>
      `<exclude body1="${uid}/${one}" body2="${uid}/${other}"/>`
    ).join(""),
    actuators: joints.filter(({ stiffness }) => stiffness > 0).map(({ name, stiffness, effort }) =>
      `<position name="${uid}/${name}" joint="${uid}/${name}" kp="${stiffness}"${
        effort === undefined ? "" : ` forcerange="${-effort} ${effort}"`
      }/>`
    ).join(""),
  };
}

/** Pairs of links that do not touch. */
function excluded(
  { links, disable_self_collision }: Articulation,
): readonly (readonly [string, string])[] {
  return links.flatMap((link, i) =>
    links.slice(i + 1)
      .filter(({ parent }) => disable_self_collision || parent === link.name)
      .map(({ name }) => [link.name, name] as const)
  );
}

function bodyOf(
  articulation: Articulation,
  link: Link,
  inside: {
    readonly mounted: (body: string) => string;
    readonly joints: readonly ArticulationJoint[];
  },
): string {
  const { uid, links, init_pos, init_rot, fix_base, body_scale: [scale] } = articulation;
  const isRoot = link.parent === undefined, name = `${uid}/${link.name}`;
  const position = isRoot ? init_pos : scaled(link.pos, scale);
  const rotation = isRoot ? rotationOfDegrees(init_rot) : link.quat;
  const joint = inside.joints.find(({ name }) => name === link.joint?.name);
  return `<body name="${name}"${isRoot && fix_base ? ' mocap="true"' : ""} pos="${
    position.join(" ")
  }" quat="${rotation.join(" ")}">${isRoot && !fix_base ? `<freejoint name="${uid}"/>` : ""}${
    joint === undefined ? "" : jointOf(uid, joint)
  }${inertialOf(link, scale)}${link.shapes.map((_, i) => geomOf(articulation, link, i)).join("")}${
    inside.mounted(name)
  }${
    links.filter(({ parent }) => parent === link.name)
      .map((child) => bodyOf(articulation, child, inside)).join("")
  }</body>`;
}

function jointOf(
  uid: string,
  { name, type, axis, range, damping, friction }: ArticulationJoint,
): string {
  return `<joint class="free" name="${uid}/${name}" type="${type}" axis="${axis.join(" ")}"${
    range === undefined ? "" : ` range="${range.join(" ")}"`
  } damping="${damping}" frictionloss="${friction}"/>`;
}

/** Masses stay as they are where lengths are scaled. */
function inertialOf({ inertial }: Link, scale: number): string {
  if (inertial === undefined) return "";
  const { pos, quat, mass, inertia } = inertial;
  return `<inertial pos="${scaled(pos, scale).join(" ")}" quat="${
    quat.join(" ")
  }" mass="${mass}" diaginertia="${scaled(inertia, scale ** 2).join(" ")}"/>`;
}

function geomOf({ uid, attrs, body_scale: [scale] }: Articulation, link: Link, i: number): string {
  const { shape, pos, quat, color, collides } = link.shapes[i]!; // an index of them
  const name = `${uid}/${link.name}/${i}`;
  const geom = geomsOf(scaledSolid(shape, scale))[0]!; // a solid is one
  const contact = `contype="1" condim="4" friction="${frictionOf(attrs)}"`;
  return `<geom name="${name}" type="${geom.type}" ${
    geom.type === "mesh" ? `mesh="${name}"` : `size="${geom.size.join(" ")}"`
  } pos="${scaled(pos, scale).join(" ")}" quat="${quat.join(" ")}" rgba="${color.join(" ")} 1" ${
    collides ? contact : 'class="seen" mass="0"'
  }/>`;
}

function meshOf({ uid, body_scale }: Articulation, { name, shapes }: Link, i: number): string {
  const { shape } = shapes[i]!; // an index of them
  if (shape.shape_type !== "Mesh") return "";
  return `<mesh name="${uid}/${name}/${i}" vertex="${shape.vertices.flat().join(" ")}" scale="${
    body_scale.join(" ")
  }" inertia="convex"/>`;
}

/** A mesh is scaled as an asset. */
function scaledSolid(shape: Solid, scale: number): Solid {
  switch (shape.shape_type) {
    case "Cube": {
      const [x, y, z] = shape.size;
      return { ...shape, size: [scale * x, scale * y, scale * z] };
    }
    case "Sphere":
      return { ...shape, radius: scale * shape.radius };
    case "Mesh":
      return shape;
    default:
      return { ...shape, radius: scale * shape.radius, height: scale * shape.height };
  }
}
