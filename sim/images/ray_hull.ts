import type { MujocoScene } from "../mujoco/mujoco.ts";

/**
 * Meshes as rays meet them: as their convex hulls, which is also how MuJoCo lets them collide. What
 * is seen is what is touched.
 */

/** The number of mjtGeom of a mesh. */
export const MESH = 7;

/** A convex hull in the frame of its geom. */
export interface Hull {
  /** `[n, 4]` outward unit normals and distances from the origin; a point is inside where n·p ≤ d. */
  readonly planes: Float64Array;
  /** `[m, 9]` corners of the faces. */
  readonly triangles: Float64Array;
  /** `[3]` farthest that it reaches along each axis, on either side. */
  readonly reach: Float64Array;
}

/** Hulls of the geoms of a model; variations of it leave them as they are. */
const KNOWN = new WeakMap<MujocoScene, readonly (Hull | null)[]>();

/** `[geoms]` hulls, null for geoms that are no meshes. */
export function hullsOf(scene: MujocoScene): readonly (Hull | null)[] {
  let hulls = KNOWN.get(scene);
  if (hulls === undefined) {
    const kinds = scene.model("geom_type");
    hulls = Array.from(kinds, (kind, geom) => kind === MESH ? readHull(scene, geom) : null);
    KNOWN.set(scene, hulls);
  }
  return hulls;
}

/** @see MuJoCo's documentation of `mesh_graph` for the layout of a hull */
function readHull(scene: MujocoScene, geom: number): Hull {
  const mesh = scene.model("geom_dataid")[geom]!;
  const graph = scene.model("mesh_graph").subarray(scene.model("mesh_graphadr")[mesh]!);
  const vertices = scene.model("mesh_vert").subarray(3 * scene.model("mesh_vertadr")[mesh]!);
  const corners = graph[0]!, faces = graph[1]!;
  const firstFace = 2 + 2 * corners + (corners + 3 * faces);
  const triangles = new Float64Array(9 * faces);
  for (let i = 0; i < 3 * faces; i++) {
    const at = 3 * graph[firstFace + i]!;
    triangles.set(vertices.subarray(at, at + 3), 3 * i);
  }
  const reach = new Float64Array(3);
  triangles.forEach((x, i) => reach[i % 3] = Math.max(reach[i % 3]!, Math.abs(x)));
  return { planes: planesOf(triangles), triangles, reach };
}

/**
 * Tolerance of the cosine, and of the offset relative to the size: faces that differ by less lie in
 * one plane.
 */
const SAME_PLANE = 1e-6;

function planesOf(triangles: Float64Array): Float64Array {
  const planes: number[] = [];
  const middle = [0, 1, 2].map((axis) => {
    const along = triangles.filter((_, i) => i % 3 === axis);
    return along.reduce((sum, x) => sum + x, 0) / along.length;
  });
  for (let t = 0; t < triangles.length; t += 9) {
    const corners = triangles.subarray(t, t + 9) as unknown as NineOf; // typed arrays have no length
    const [ax, ay, az, bx, by, bz, cx, cy, cz] = corners;
    const u = [bx - ax, by - ay, bz - az] as const, v = [cx - ax, cy - ay, cz - az] as const;
    let x = u[1] * v[2] - u[2] * v[1], y = u[2] * v[0] - u[0] * v[2], z = u[0] * v[1] - u[1] * v[0];
    // Faces may wind either way: the middle is inside.
    const side = (ax - middle[0]!) * x + (ay - middle[1]!) * y + (az - middle[2]!) * z;
    const length = Math.sign(side) * Math.sqrt(x * x + y * y + z * z);
    if (length === 0) continue; // a face without an area
    x /= length, y /= length, z /= length;
    const d = x * ax + y * ay + z * az;
    if (!holdsPlane(planes, [x, y, z, d])) planes.push(x, y, z, d);
  }
  return Float64Array.from(planes);
}

/** Nine numbers, as many as a triangle has. */
type NineOf = readonly [number, number, number, number, number, number, number, number, number];

function holdsPlane(
  planes: readonly number[],
  [x, y, z, d]: readonly [x: number, y: number, z: number, d: number],
): boolean {
  for (let p = 0; p < planes.length; p += 4) {
    const cosine = planes[p]! * x + planes[p + 1]! * y + planes[p + 2]! * z;
    if (1 - cosine > SAME_PLANE) continue;
    if (Math.abs(planes[p + 3]! - d) <= SAME_PLANE * Math.abs(d)) return true;
  }
  return false;
}

/**
 * Intersects a ray with the hull, like `intersect()` of primitive shapes: returns the multiple of
 * the ray's vector at which it meets the hull, or leaves it from within, and Infinity if it misses.
 */
export function intersectHull(
  { planes }: Hull,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  let enter = -Infinity, leave = Infinity;
  for (let p = 0; p < planes.length; p += 4) {
    const nx = planes[p]!, ny = planes[p + 1]!, nz = planes[p + 2]!;
    const speed = nx * dx + ny * dy + nz * dz;
    const outside = nx * ox + ny * oy + nz * oz - planes[p + 3]!;
    if (speed === 0) {
      if (outside > 0) return Infinity;
      continue;
    }
    const t = -outside / speed;
    if (speed < 0) enter = Math.max(enter, t);
    else leave = Math.min(leave, t);
    if (enter > leave) return Infinity;
  }
  if (leave < 0) return Infinity;
  return enter >= 0 ? enter : leave;
}

/**
 * Outward unit normal at a point of the surface.
 *
 * @param out `[3]`, overwritten
 */
export function hullNormalAt(
  { planes }: Hull,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
): void {
  let best = -Infinity;
  for (let p = 0; p < planes.length; p += 4) {
    const outside = planes[p]! * x + planes[p + 1]! * y + planes[p + 2]! * z - planes[p + 3]!;
    if (outside <= best) continue;
    best = outside;
    out[0] = planes[p]!, out[1] = planes[p + 1]!, out[2] = planes[p + 2]!;
  }
}
