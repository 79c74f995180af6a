import type { MujocoScene } from "../mujoco/mujoco.ts";
import { type Hull, hullsOf, intersectHull } from "./ray_hull.ts";
import { halfExtent, intersect, isPrimitive, PLANE } from "./ray_shapes.ts";

/** The geoms of a scene as they now stand, as rays meet them. */
export interface RayScene {
  /** Visible geoms, by their index in the model. */
  readonly visible: readonly number[];
  /** `[geoms]` of mjtGeom. */
  readonly kinds: Int32Array;
  /** `[geoms, 3]`; of a mesh the half sides of a box about its origin that holds it. */
  readonly sizes: Float64Array;
  /** `[geoms]` null for primitive shapes. */
  readonly hulls: readonly (Hull | null)[];
  /** `[geoms, 3]` m */
  readonly positions: Float64Array;
  /** `[geoms, 9]` rotation to the world, row-major. */
  readonly rotations: Float64Array;
  /** `[geoms, 3]` RGB in [0, 1]: the material's where a geom has one. */
  readonly colours: Float64Array;
}

/** Copies what images need of a scene, with positions up to date. */
export function readRayScene(scene: MujocoScene): RayScene {
  const kinds = scene.model("geom_type").slice(), materials = scene.model("geom_matid");
  const own = scene.model("geom_rgba"), shared = scene.model("mat_rgba");
  const colours = new Float64Array(3 * kinds.length);
  const sizes = scene.model("geom_size").slice(), hulls = hullsOf(scene);
  const visible: number[] = [];
  for (let geom = 0; geom < kinds.length; geom++) {
    const material = materials[geom]!;
    const [rgba, at] = material < 0 ? [own, 4 * geom] : [shared, 4 * material];
    for (let channel = 0; channel < 3; channel++) {
      colours[3 * geom + channel] = rgba[at + channel]!;
    }
    const hull = hulls[geom]!; // one a geom
    if (hull !== null) sizes.set(hull.reach, 3 * geom);
    if (rgba[at + 3]! > 0 && (hull !== null || isPrimitive(kinds[geom]!))) visible.push(geom);
  }
  return {
    visible,
    kinds,
    sizes,
    hulls,
    positions: scene.data("geom_xpos").slice(),
    rotations: scene.data("geom_xmat").slice(),
    colours,
  };
}

/** Intersects a ray with a geom, in the geom's frame: see `intersect()`. */
export function intersectGeom(
  { kinds, sizes, hulls }: RayScene,
  geom: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const hull = hulls[geom]!; // one a geom, or null
  return hull === null
    ? intersect(kinds[geom]!, sizes, 3 * geom, ox, oy, oz, dx, dy, dz)
    : intersectHull(hull, ox, oy, oz, dx, dy, dz);
}

/**
 * A vector in the frame of a geom.
 *
 * @param out Overwritten from `at` on
 */
export function rotateInto(
  { rotations }: RayScene,
  geom: number,
  [x, y, z]: readonly [x: number, y: number, z: number],
  out: Float64Array,
  at: number,
): void {
  const r = 9 * geom;
  for (let axis = 0; axis < 3; axis++) {
    out[at + axis] = rotations[r + axis]! * x + rotations[r + 3 + axis]! * y +
      rotations[r + 6 + axis]! * z;
  }
}

/** `[8, 3]` corners of a box that holds a geom, in the world; null for a plane. */
export function cornersOf(scene: RayScene, geom: number): Float64Array | null {
  const { kinds, sizes, positions, rotations } = scene;
  if (kinds[geom] === PLANE) return null;
  const half = new Float64Array(3);
  halfExtent(kinds[geom]!, sizes, 3 * geom, half);
  const corners = new Float64Array(24);
  for (let corner = 0; corner < 8; corner++) {
    const x = corner & 1 ? half[0]! : -half[0]!;
    const y = corner & 2 ? half[1]! : -half[1]!;
    const z = corner & 4 ? half[2]! : -half[2]!;
    for (let axis = 0; axis < 3; axis++) {
      const r = 9 * geom + 3 * axis;
      corners[3 * corner + axis] = positions[3 * geom + axis]! + rotations[r]! * x +
        rotations[r + 1]! * y + rotations[r + 2]! * z;
    }
  }
  return corners;
}
