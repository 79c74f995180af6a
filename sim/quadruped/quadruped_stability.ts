import { splitHeading } from "../../core/rotation.ts";
import type { Limit } from "../world/environment.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";
import type { Figures, Limits, StabilityCheck } from "../episodes/stability_check.ts";

/** Tilt beyond which (rad), and height below which (m), a robot has fallen. */
export const FALL_TILT = Math.PI / 3, FALL_HEIGHT = 0.15;

/** Limits of {@linkcode QUADRUPED_STABILITY}, by name. */
export const QUADRUPED_LIMITS: Readonly<Record<string, Limit>> = {
  ground: { value: 0, unit: "m", description: "Minimum height of the trunk" },
  position: { value: 100, unit: "m", description: "Maximum distance of the trunk from the origin" },
  velocity: {
    value: 50,
    description: "Maximum velocity of the trunk (m/s, rad/s) and of a joint (rad/s)",
  },
  tilt: { value: FALL_TILT, unit: "rad", description: "Maximum tilt of the trunk" },
  height_low: { value: FALL_HEIGHT, unit: "m", description: "Minimum mean height of the trunk" },
  height_high: { value: 0.4, unit: "m", description: "Maximum mean height of the trunk" },
  fall_height: {
    value: FALL_HEIGHT,
    unit: "m",
    description: "Minimum height of the trunk while walking",
  },
};

const STATE = ["base_pos", "base_rot", "base_vel", "base_angvel", "joint_pos", "joint_vel"];

/** The checks of document 003, in its order. */
export const QUADRUPED_STABILITY: readonly StabilityCheck[] = [
  {
    reason: "numerical_instability",
    description: "A number of a state is not finite",
    find(episode) {
      for (const [field, name] of STATE.entries()) {
        const { data, size } = episode.states(name);
        const at = data.findIndex((value) => !Number.isFinite(value));
        if (at >= 0) return { step: Math.floor(at / size), field, component: at % size };
      }
      return null;
    },
  },
  {
    reason: "fell_through_ground",
    description: "The trunk is below ground",
    find: (episode, { ground }) =>
      findState(episode, "base_pos", (row) => row[2]! < ground! ? { height: row[2]! } : null),
  },
  {
    reason: "position_exploded",
    description: "The trunk is farther from the origin than position",
    find: (episode, { position }) =>
      findState(episode, "base_pos", (row) => {
        const distance = Math.hypot(...row);
        return distance > position! ? { distance, limit: position! } : null;
      }),
  },
  { reason: "velocity_exploded", description: "Something is faster than velocity", find: findFast },
  {
    reason: "tipped_over",
    description: "The trunk tilts by more than tilt or its height is out of bounds: it fell",
    find: findFall,
  },
];

/** The figures of the first state at which a test gives some, with its step. */
function findState(
  episode: EpisodeView,
  name: string,
  test: (row: Float64Array) => Figures | null,
): Figures | null {
  const { data, size, count } = episode.states(name);
  for (let step = 0; step < count; step++) {
    const figures = test(data.subarray(step * size, (step + 1) * size));
    if (figures !== null) return { step, ...figures };
  }
  return null;
}

function findFast(episode: EpisodeView, { velocity: limit }: Limits): Figures | null {
  const velocities = [["base_vel", 3], ["base_angvel", 3], ["joint_vel", 1]] as const;
  for (const [field, [name, group]] of velocities.entries()) {
    const figures = findState(episode, name, (row) => {
      for (let i = 0; i < row.length; i += group) {
        const speed = Math.hypot(...row.subarray(i, i + group));
        if (speed > limit!) return { field, component: i, speed, limit: limit! };
      }
      return null;
    });
    if (figures !== null) return figures;
  }
  return null;
}

function findFall(episode: EpisodeView, limits: Limits): Figures | null {
  const tilted = findState(episode, "base_rot", (row) => {
    const tilt = tiltOf(row, 0);
    return tilt > limits["tilt"]! ? { tilt, limit: limits["tilt"]! } : null;
  });
  if (tilted !== null) return tilted;
  const { data, count } = episode.states("base_pos");
  let sum = 0;
  for (let step = 0; step < count; step++) sum += data[3 * step + 2]!;
  const meanHeight = sum / count, low = limits["height_low"]!, high = limits["height_high"]!;
  if (!(meanHeight >= low && meanHeight <= high)) return { meanHeight, low, high };
  return findState(
    episode,
    "base_pos",
    (row) =>
      row[2]! < limits["fall_height"]! ? { height: row[2]!, limit: limits["fall_height"]! } : null,
  );
}

/**
 * Computes the angle between the trunk's up and the world's (rad).
 *
 * @param at Where the rotation vector begins
 */
export function tiltOf(vector: ArrayLike<number>, at: number): number {
  const { tiltX, tiltY } = splitHeading(vector, at);
  return Math.hypot(tiltX, tiltY);
}
