import type { Background, RigidObject, Shape } from "../config/gym_config_types.ts";

/** Walls of a vessel: their number lets two of them be flat between fingers. */
const SIDES = 8;

/** Gap of walls above the bottom, so that a vessel stands on its bottom alone (m). */
const WALL_GAP = 0.0005;

/** Side of the square bottom over the radius: its corners then end within the walls. */
const BOTTOM = 0.77;

/** One geom: type, sizes, place in the body and share of the body's mass. A mesh has the body's name. */
interface Geom {
  readonly type: "box" | "sphere" | "cylinder" | "capsule" | "mesh";
  readonly size: readonly number[];
  readonly at?: readonly [x: number, y: number, z: number];
  /** Angle about z (rad). */
  readonly yaw?: number;
  readonly share: number;
}

/** Returns the MJCF asset of an object's geoms; nothing unless it is a mesh. */
export function shapeAsset({ uid, shape, body_scale }: Background | RigidObject): string {
  if (shape.shape_type !== "Mesh") return "";
  return `<mesh name="${uid}" vertex="${shape.vertices.flat().join(" ")}" scale="${
    body_scale.join(" ")
  }" inertia="convex"/>`;
}

/** Geoms of an object as MJCF, named `<uid>/<index>`. */
export function shapeGeoms(
  { uid, shape, attrs, color }: Background | RigidObject,
): readonly string[] {
  return geomsOf(shape).map(({ type, size, at = [0, 0, 0], yaw = 0, share }, i) =>
    `<geom name="${uid}/${i}" type="${type}" ${
      type === "mesh" ? `mesh="${uid}"` : `size="${size.join(" ")}"`
    } pos="${at.join(" ")}" ` +
    `euler="0 0 ${yaw}" mass="${attrs.mass * share}" rgba="${color.join(" ")} 1" contype="1" ` +
    `condim="4" friction="${frictionOf(attrs)}"/>`
  );
}

/** Sliding, torsional and rolling friction of an object. */
export function frictionOf(
  { dynamic_friction, static_friction }: Pick<
    RigidObject["attrs"],
    "dynamic_friction" | "static_friction"
  >,
): string {
  return `${dynamic_friction ?? static_friction ?? 1} .05 .001`;
}

/** Returns the geoms of a shape. */
export function geomsOf(shape: Shape): readonly Geom[] {
  switch (shape.shape_type) {
    case "Cube":
      return [{ type: "box", size: shape.size.map((side) => side / 2), share: 1 }];
    case "Sphere":
      return [{ type: "sphere", size: [shape.radius], share: 1 }];
    case "Cylinder":
      return [{ type: "cylinder", size: [shape.radius, shape.height / 2], share: 1 }];
    case "Capsule":
      return [{ type: "capsule", size: [shape.radius, shape.height / 2], share: 1 }];
    case "Vessel":
      return vessel(shape);
    case "Mesh":
      return [{ type: "mesh", size: [], share: 1 }];
  }
}

/** A ring of walls on a bottom; the origin is the middle of the underside. */
function vessel({ radius, height, thickness }: Extract<Shape, { shape_type: "Vessel" }>): Geom[] {
  const outer = radius + thickness;
  const side = outer * Math.tan(Math.PI / SIDES);
  const walls = Array.from({ length: SIDES }, (_, i): Geom => {
    const yaw = 2 * Math.PI * i / SIDES, middle = radius + thickness / 2;
    return {
      type: "box",
      size: [thickness / 2, side, (height - WALL_GAP) / 2],
      at: [middle * Math.cos(yaw), middle * Math.sin(yaw), (height + WALL_GAP) / 2],
      yaw,
      share: 0.7 / SIDES,
    };
  });
  const half = BOTTOM * outer;
  return [
    { type: "box", size: [half, half, thickness / 2], at: [0, 0, thickness / 2], share: 0.3 },
    ...walls,
  ];
}
