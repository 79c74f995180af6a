/** Rotations as unit quaternions `[w, x, y, z]`, as MuJoCo keeps them. */

export type Quaternion = readonly [w: number, x: number, y: number, z: number];

/** Point (m) or direction. */
export type Vector = readonly [x: number, y: number, z: number];

/** No rotation. */
export const IDENTITY: Quaternion = [1, 0, 0, 0];

/** Position and rotation of a frame in the world. */
export interface Pose {
  readonly position: Vector;
  readonly rotation: Quaternion;
}

/**
 * The rotation by an angle about an axis.
 *
 * @param axis Of any length but 0
 * @param angle Angle (rad)
 */
export function rotationAbout([x, y, z]: Vector, angle: number): Quaternion {
  const scale = Math.sin(angle / 2) / Math.hypot(x, y, z);
  return [Math.cos(angle / 2), x * scale, y * scale, z * scale];
}

/** Rotation by angles about the fixed axes x, then y, then z, in degrees. */
export function rotationOfDegrees([x, y, z]: Vector): Quaternion {
  const radians = Math.PI / 180;
  const aboutX = rotationAbout([1, 0, 0], x * radians);
  const aboutY = rotationAbout([0, 1, 0], y * radians);
  return compose(rotationAbout([0, 0, 1], z * radians), compose(aboutY, aboutX));
}

/** The rotation that does `second` after `first`. */
export function compose(second: Quaternion, first: Quaternion): Quaternion {
  const [a, b, c, d] = second, [e, f, g, h] = first;
  return [
    a * e - b * f - c * g - d * h,
    a * f + b * e + c * h - d * g,
    a * g - b * h + c * e + d * f,
    a * h + b * g - c * f + d * e,
  ];
}

/** The opposite rotation. */
export function inverse([w, x, y, z]: Quaternion): Quaternion {
  return [w, -x, -y, -z];
}

/** A vector after a rotation. */
export function rotate(rotation: Quaternion, [x, y, z]: Vector): Vector {
  const [, ...turned] = compose(compose(rotation, [0, x, y, z]), inverse(rotation));
  return turned;
}

/** A point of a frame, in the world. */
export function transform({ position, rotation }: Pose, point: Vector): Vector {
  return add(position, rotate(rotation, point));
}

/** A point of the world, in a frame. */
export function toLocal({ position, rotation }: Pose, point: Vector): Vector {
  return rotate(inverse(rotation), add(point, scaled(position, -1)));
}

export function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function scaled(vector: Vector, factor: number): Vector {
  return [vector[0] * factor, vector[1] * factor, vector[2] * factor];
}

/** Columns of the rotation matrix: where the frame's axes point. */
export function axesOf(rotation: Quaternion): readonly [x: Vector, y: Vector, z: Vector] {
  return [rotate(rotation, [1, 0, 0]), rotate(rotation, [0, 1, 0]), rotate(rotation, [0, 0, 1])];
}

/** Angle between a frame's z axis and the world's (rad). */
export function tiltOf(rotation: Quaternion): number {
  return Math.acos(Math.min(1, Math.max(-1, rotate(rotation, [0, 0, 1])[2])));
}
