import { InvalidInputError, messageOf } from "../../../core/errors.ts";
import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { compileUrdf, type UrdfOptions } from "../../mujoco/urdf.ts";
import { type Quaternion, transform } from "../../world/quaternion.ts";
import { LINK_NAME } from "./articulation_config.ts";
import type { Link, Solid } from "./gym_config_types.ts";
import { MAX_CORNERS } from "./body_config.ts";
import { cornersOfHull } from "./mesh_file.ts";
import { checkUrdfJoints, type UrdfFault } from "./urdf_joints.ts";

/** Types of joints by the numbers of mjtJoint. */
const JOINTS: Readonly<Record<number, "hinge" | "slide">> = { 2: "slide", 3: "hinge" };

/** Content of a URDF, and notes about it for people. */
export interface ArticulationFile {
  readonly links: readonly Link[];
  /** Clauses of what is not as it looks: `joint "lid" has no limits`. */
  readonly notes: string[];
}

/**
 * The links of a URDF with their joints, as MuJoCo's own reader compiles them: inertias about
 * principal axes, shapes that collide in the colour of the first that is seen, meshes as convex
 * hulls. Shapes that are only seen are left out of links that have others, and their meshes are not
 * read.
 *
 * @param name Of the file
 * @throws {InvalidInputError} If MuJoCo cannot read it, or it has what an articulation cannot be;
 * the message tells of everything
 */
export async function readArticulationFile(
  name: string,
  text: string,
  options: Omit<UrdfOptions, "maxCorners">,
): Promise<ArticulationFile> {
  const error = (faults: readonly UrdfFault[]) =>
    new InvalidInputError({
      action: "read",
      place: name,
      expected: "a URDF of links with hinges and slides",
      found: faults.map(({ found, remedy }) => `${found}: ${remedy}`).join("; "),
    });
  if (!/<robot[\s>]/.test(text)) {
    throw error([{ found: "no element <robot>", remedy: "name a URDF" }]);
  }
  const immodest = findImmodesty(text);
  if (immodest !== null) throw error([immodest]);
  const { faults, notes } = checkUrdfJoints(text);
  try {
    using scene = await compileUrdf(text, { maxCorners: MAX_CORNERS, ...options });
    const links = linksOf(scene, faults);
    if (!links.some(({ joint }) => joint !== undefined)) {
      faults.push({ found: "no joint that moves", remedy: "declare it as rigid objects" });
    }
    if (faults.length > 0) throw error(faults);
    return { links, notes };
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    const found = messageOf(cause).replace(/^.*Error: /, "").trim().replaceAll(/\s*\n\s*/g, ", ");
    throw error([...faults, { found, remedy: "correct the file" }]);
  }
}

/** Attributes of one element and of a file: a large robot has ten and some thousands. */
const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTES_IN_ALL = 20_000;

/**
 * Finds what MuJoCo would read for minutes: it compares each attribute with all others of its
 * element.
 */
function findImmodesty(text: string): UrdfFault | null {
  const counts = text.split("<").map((part) => part.split("=").length - 1);
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const all = counts.reduce((a, b) => a + b, 0);
  if (most > MAX_ATTRIBUTES) {
    return { found: `an element of ${most} attributes`, remedy: "correct the file" };
  }
  if (all <= MAX_ATTRIBUTES_IN_ALL) return null;
  return { found: `${all} attributes`, remedy: "declare fewer links" };
}

function linksOf(scene: MujocoScene, faults: UrdfFault[]): Link[] {
  if (scene.equalities > 0) {
    faults.push({ found: "a joint that mimics another", remedy: "take <mimic> out" });
  }
  const parents = scene.model("body_parentid"), joints = scene.model("body_jntnum");
  const bodies = Array.from({ length: scene.bodies }, (_, body) => body).slice(1);
  const tops = bodies.filter((body) => parents[body] === 0);
  // MuJoCo takes a link of the name "world" for its own.
  const isRooted = tops.length === 1 && joints[tops[0]!] === 0 &&
    scene.model("body_geomnum")[0] === 0;
  return (isRooted ? bodies : [0, ...bodies]).map((body): Link => {
    const name = scene.name("body", body);
    checkName("link", name, faults);
    if (joints[body]! > 1) {
      faults.push({ found: `a joint of "${name}" with several axes`, remedy: "split it" });
    }
    const parent = parents[body]!;
    const isRoot = body === (isRooted ? tops[0] : 0);
    return {
      name,
      ...(isRoot ? {} : { parent: scene.name("body", parent) }),
      pos: vectorOf(scene.model("body_pos"), body),
      quat: quaternionOf(scene.model("body_quat"), body),
      ...jointOf(scene, body, faults),
      ...inertialOf(scene, body),
      shapes: shapesOf(scene, body),
    };
  });
}

function checkName(what: "link" | "joint", name: string, faults: UrdfFault[]): void {
  if (LINK_NAME.safeParse(name).success) return;
  const remedy = "rename it by letters, digits, _, . and -, at most 63";
  faults.push({ found: `a ${what} named ${JSON.stringify(name.slice(0, 80))}`, remedy });
}

function jointOf(scene: MujocoScene, body: number, faults: UrdfFault[]): Pick<Link, "joint"> {
  if (scene.model("body_jntnum")[body] === 0) return {};
  const joint = scene.model("body_jntadr")[body]!, dof = scene.model("jnt_dofadr")[joint]!;
  const name = scene.name("joint", joint), type = JOINTS[scene.model("jnt_type")[joint]!];
  checkName("joint", name, faults);
  if (type === undefined) {
    faults.push({ found: `joint "${name}", which is neither`, remedy: "replace it" });
    return {};
  }
  const [low, high] = scene.model("jnt_range").subarray(2 * joint);
  const effort = scene.model("jnt_actfrcrange")[2 * joint + 1]!;
  return {
    joint: {
      name,
      type,
      axis: vectorOf(scene.model("jnt_axis"), joint),
      // MuJoCo leaves 0 and 0 to a joint without limits.
      ...(low! < high! ? { range: [low!, high!] } : {}),
      damping: scene.model("dof_damping")[dof]!,
      friction: scene.model("dof_frictionloss")[dof]!,
      ...(effort > 0 ? { effort } : {}),
    },
  };
}

function inertialOf(scene: MujocoScene, body: number): Pick<Link, "inertial"> {
  const mass = scene.model("body_mass")[body]!;
  if (mass === 0) return {};
  return {
    inertial: {
      pos: vectorOf(scene.model("body_ipos"), body),
      quat: quaternionOf(scene.model("body_iquat"), body),
      mass,
      inertia: vectorOf(scene.model("body_inertia"), body),
    },
  };
}

function shapesOf(scene: MujocoScene, body: number): Link["shapes"] {
  const first = scene.model("body_geomadr")[body]!, count = scene.model("body_geomnum")[body]!;
  const shapes = Array.from({ length: count }, (_, i) => shapeOf(scene, first + i));
  const solid = shapes.filter(({ collides }) => collides);
  if (solid.length === 0) return shapes;
  // URDFs colour what is seen.
  const seen = shapes.find(({ collides }) => !collides);
  return solid.map((shape) => ({ ...shape, color: seen?.color ?? shape.color }));
}

function shapeOf(scene: MujocoScene, geom: number): Link["shapes"][number] {
  const pos = vectorOf(scene.model("geom_pos"), geom);
  const quat = quaternionOf(scene.model("geom_quat"), geom);
  const [red, green, blue] = Array.from(
    scene.model("geom_rgba").subarray(4 * geom),
    (channel) => Math.round(1000 * channel) / 1000, // of float32, too fine for any image
  );
  const common = {
    color: [red!, green!, blue!] satisfies Link["shapes"][number]["color"],
    collides: scene.model("geom_contype")[geom] !== 0,
  };
  const mesh = scene.model("geom_dataid")[geom]!;
  if (mesh < 0) return { shape: solidOf(scene, geom), pos, quat, ...common };
  // MuJoCo turns a mesh about its middle into its main axes: corners are kept where they were.
  const vertices = cornersOfHull(
    scene,
    mesh,
    (corner) => transform({ position: pos, rotation: quat }, corner),
  );
  return {
    shape: { shape_type: "Mesh", vertices },
    pos: [0, 0, 0],
    quat: [1, 0, 0, 0],
    ...common,
  };
}

/**
 * Converts a geom by the number of its mjtGeom, which has half lengths; URDFs have no other shapes.
 */
function solidOf(scene: MujocoScene, geom: number): Solid {
  const [x, y, z] = vectorOf(scene.model("geom_size"), geom);
  switch (scene.model("geom_type")[geom]) {
    case 2:
      return { shape_type: "Sphere", radius: x };
    case 3:
      return { shape_type: "Capsule", radius: x, height: 2 * y };
    case 5:
      return { shape_type: "Cylinder", radius: x, height: 2 * y };
    default:
      return { shape_type: "Cube", size: [2 * x, 2 * y, 2 * z] };
  }
}

function vectorOf(values: Float64Array, row: number): [x: number, y: number, z: number] {
  const [x, y, z] = values.subarray(3 * row, 3 * row + 3);
  return [x!, y!, z!];
}

function quaternionOf(values: Float64Array, row: number): [...Quaternion] {
  const [w, x, y, z] = values.subarray(4 * row, 4 * row + 4);
  return [w!, x!, y!, z!];
}
