/**
 * Intersects rays with MuJoCo's primitive shapes, in the frame of the shape, as `mj_ray` does, in
 * arithmetic that every machine rounds the same way.
 *
 * @see MuJoCo `engine_ray.c` for the conventions: planes are seen from above only, and a ray from
 *   within a shape meets it where it leaves
 */

/** The numbers of mjtGeom that have an equation. */
export const PLANE = 0, SPHERE = 2, CAPSULE = 3, ELLIPSOID = 4, CYLINDER = 5, BOX = 6;

/** Whether a kind of geom is one of them; meshes (see ray_hull.ts) and height fields are not. */
export function isPrimitive(kind: number): boolean {
  return kind === PLANE || (kind >= SPHERE && kind <= BOX);
}

/**
 * Lengths of the ray's vector from its origin to the shape, Infinity if it misses.
 *
 * @param size As in `geom_size`: `sizes[at]` … `sizes[at + 2]`
 * @param ox Origin of the ray, in the shape's frame
 * @param dx Vector of the ray, of any length
 */
export function intersect(
  kind: number,
  sizes: Float64Array,
  at: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const s0 = sizes[at]!, s1 = sizes[at + 1]!;
  switch (kind) {
    case PLANE: {
      if (dz >= 0) return Infinity;
      const t = -oz / dz;
      if (t < 0) return Infinity;
      if (s0 > 0 && Math.abs(ox + t * dx) > s0) return Infinity; // 0: without end
      if (s1 > 0 && Math.abs(oy + t * dy) > s1) return Infinity;
      return t;
    }
    case SPHERE:
      return nearestRoot(
        dx * dx + dy * dy + dz * dz,
        ox * dx + oy * dy + oz * dz,
        ox * ox + oy * oy + oz * oz - s0 * s0,
      );
    case ELLIPSOID: {
      const s2 = sizes[at + 2]!;
      const x = ox / s0, y = oy / s1, z = oz / s2, u = dx / s0, v = dy / s1, w = dz / s2;
      return nearestRoot(u * u + v * v + w * w, x * u + y * v + z * w, x * x + y * y + z * z - 1);
    }
    case CAPSULE:
      return intersectCapsule(s0, s1, ox, oy, oz, dx, dy, dz);
    case CYLINDER:
      return intersectCylinder(s0, s1, ox, oy, oz, dx, dy, dz);
    default: // BOX
      return intersectBox(s0, s1, sizes[at + 2]!, ox, oy, oz, dx, dy, dz);
  }
}

/** Returns the least t ≥ 0 with a·t² + 2b·t + c = 0, Infinity if there is none. */
function nearestRoot(a: number, b: number, c: number): number {
  const discriminant = b * b - a * c;
  if (discriminant < 0) return Infinity;
  const root = Math.sqrt(discriminant);
  const near = (-b - root) / a;
  if (near >= 0) return near;
  const far = (-b + root) / a;
  return far >= 0 ? far : Infinity;
}

/** @param r Radius @param h Half of the length of its axis */
function intersectCapsule(
  r: number,
  h: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const a = dx * dx + dy * dy, b = ox * dx + oy * dy, c = ox * ox + oy * oy - r * r;
  if (b * b - a * c < 0) return Infinity; // beside the cylinder that holds the capsule
  let best = intersectTube(a, b, c, h, oz, dz);
  // The caps count where they are not within the cylinder.
  const length = a + dz * dz;
  for (let side = -1; side <= 1; side += 2) {
    const z = oz - side * h;
    const along = b + z * dz, beyond = along * along - length * (c + z * z);
    if (beyond < 0) continue;
    const root = Math.sqrt(beyond);
    const near = (-along - root) / length, far = (-along + root) / length;
    if (near >= 0 && side * (z + near * dz) >= 0) best = Math.min(best, near);
    else if (far >= 0 && side * (z + far * dz) >= 0) best = Math.min(best, far);
  }
  return best;
}

/** @param r Radius @param h Half of its height */
function intersectCylinder(
  r: number,
  h: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const a = dx * dx + dy * dy, b = ox * dx + oy * dy, c = ox * ox + oy * oy - r * r;
  if (b * b - a * c < 0) return Infinity;
  let best = intersectTube(a, b, c, h, oz, dz);
  if (dz === 0) return best;
  for (let side = -1; side <= 1; side += 2) {
    const t = (side * h - oz) / dz;
    if (t < 0 || t >= best) continue;
    const x = ox + t * dx, y = oy + t * dy;
    if (x * x + y * y <= r * r) best = t;
  }
  return best;
}

/** A cylinder's side between −h and h: the least t ≥ 0 there with a·t² + 2b·t + c = 0. */
function intersectTube(
  a: number,
  b: number,
  c: number,
  h: number,
  oz: number,
  dz: number,
): number {
  if (a <= 0) return Infinity; // along the axis
  const root = Math.sqrt(b * b - a * c);
  const near = (-b - root) / a;
  if (near >= 0 && Math.abs(oz + near * dz) <= h) return near;
  const far = (-b + root) / a;
  return far >= 0 && Math.abs(oz + far * dz) <= h ? far : Infinity;
}

/** The slabs of Kay and Kajiya (1986). */
function intersectBox(
  sx: number,
  sy: number,
  sz: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  let enter = -Infinity, leave = Infinity;
  if (dx !== 0) {
    const p = (-sx - ox) / dx, q = (sx - ox) / dx;
    enter = Math.min(p, q), leave = Math.max(p, q);
  } else if (Math.abs(ox) > sx) return Infinity;
  if (dy !== 0) {
    const p = (-sy - oy) / dy, q = (sy - oy) / dy;
    enter = Math.max(enter, Math.min(p, q)), leave = Math.min(leave, Math.max(p, q));
  } else if (Math.abs(oy) > sy) return Infinity;
  if (dz !== 0) {
    const p = (-sz - oz) / dz, q = (sz - oz) / dz;
    enter = Math.max(enter, Math.min(p, q)), leave = Math.min(leave, Math.max(p, q));
  } else if (Math.abs(oz) > sz) return Infinity;
  if (enter > leave || leave < 0) return Infinity;
  return enter >= 0 ? enter : leave;
}

/**
 * Outward unit normal at a point of the surface, in the shape's frame.
 *
 * @param out `[3]`, overwritten
 */
export function normalAt(
  kind: number,
  sizes: Float64Array,
  at: number,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
): void {
  const s0 = sizes[at]!, s1 = sizes[at + 1]!, s2 = sizes[at + 2]!;
  switch (kind) {
    case PLANE:
      return setUnit(out, 0, 0, 1);
    case SPHERE:
      return setUnit(out, x, y, z);
    case CAPSULE:
      return setUnit(out, x, y, z - Math.max(-s1, Math.min(s1, z)));
    case ELLIPSOID:
      return setUnit(out, x / (s0 * s0), y / (s1 * s1), z / (s2 * s2));
    case CYLINDER:
      // The surface on which the point lies but for rounding.
      return Math.abs(z) - s1 > Math.sqrt(x * x + y * y) - s0
        ? setUnit(out, 0, 0, z)
        : setUnit(out, x, y, 0);
    default: { // BOX
      const a = Math.abs(x) - s0, b = Math.abs(y) - s1, c = Math.abs(z) - s2;
      if (a >= b && a >= c) return setUnit(out, x, 0, 0);
      return b >= c ? setUnit(out, 0, y, 0) : setUnit(out, 0, 0, z);
    }
  }
}

function setUnit(out: Float64Array, x: number, y: number, z: number): void {
  const length = Math.sqrt(x * x + y * y + z * z);
  out[0] = x / length, out[1] = y / length, out[2] = z / length;
}

/**
 * Half of the sides of the box about the shape's origin that holds it; infinite for a plane.
 *
 * @param out `[3]`, overwritten
 */
export function halfExtent(
  kind: number,
  sizes: Float64Array,
  at: number,
  out: Float64Array,
): void {
  const s0 = sizes[at]!, s1 = sizes[at + 1]!;
  if (kind === PLANE) out.fill(Infinity);
  else if (kind === SPHERE) out.fill(s0);
  else if (kind === CAPSULE) out[0] = out[1] = s0, out[2] = s0 + s1;
  else if (kind === CYLINDER) out[0] = out[1] = s0, out[2] = s1;
  else out[0] = s0, out[1] = s1, out[2] = sizes[at + 2]!;
}
