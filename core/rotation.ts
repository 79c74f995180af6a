/**
 * Rotations as rotation vectors: the axis, as long as the angle in rad, which is at most π.
 *
 * A rotation is a turn about the vertical, the heading, followed by a tilt about a horizontal axis
 * (swing and twist of its quaternion). Unlike Euler angles both are defined up to a tilt of π.
 */

/** A heading, and the tilt seen from it. */
export interface HeadingTilt {
  /** Cosine and sine of the heading. */
  readonly cos: number;
  readonly sin: number;
  /** Rotation vector of the tilt in the heading frame; its third component is 0 (rad). */
  readonly tiltX: number;
  readonly tiltY: number;
}

/** Angles and lengths below this count as zero: their ratios would be noise. */
const TINY = 1e-6;

/**
 * Splits a rotation into heading and tilt.
 *
 * @param at Where the rotation vector begins
 */
export function splitHeading(vector: ArrayLike<number>, at: number): HeadingTilt {
  const rx = vector[at]!, ry = vector[at + 1]!, rz = vector[at + 2]!;
  const angle = Math.max(Math.hypot(rx, ry, rz), TINY);
  const scale = Math.sin(angle / 2) / angle;
  const w = Math.cos(angle / 2), x = rx * scale, y = ry * scale, z = rz * scale;
  const length = Math.max(Math.hypot(w, z), TINY);
  const half = w / length, turn = z / length; // cosine and sine of half the heading
  const tiltX = half * x + turn * y, tiltY = half * y - turn * x;
  const sine = Math.max(Math.hypot(tiltX, tiltY), TINY);
  const factor = 2 * Math.atan2(sine, length) / sine;
  return {
    cos: half * half - turn * turn,
    sin: 2 * half * turn,
    tiltX: tiltX * factor,
    tiltY: tiltY * factor,
  };
}
