import type { StabilityCheck } from "./stability_check.ts";

/** Checks that environments choose from. Each looks at every state, the last included. */

/**
 * Joint limits: no component of a field may be beyond its bounds by more than a limit.
 *
 * @param bounds One number per component
 * @param limit Name of the limit: how far beyond is let pass
 */
export function jointLimits(
  field: string,
  { low, high }: { readonly low: readonly number[]; readonly high: readonly number[] },
  limit: string,
): StabilityCheck {
  return {
    reason: "joint_limit_exceeded",
    description: `A component of ${field} is beyond its range by more than ${limit}`,
    find(episode, limits) {
      const { data, size } = episode.states(field);
      for (let i = 0; i < data.length; i++) {
        const joint = i % size, found = data[i]!;
        const excess = Math.max(low[joint]! - found, found - high[joint]!);
        if (!(excess <= limits[limit]!)) {
          return { step: Math.floor(i / size), joint, found, low: low[joint]!, high: high[joint]! };
        }
      }
      return null;
    },
  };
}

/** Velocities: no component of a field may be faster than a limit, either way. */
export function jointVelocities(field: string, limit: string): StabilityCheck {
  return {
    reason: "joint_velocity_exceeded",
    description: `A component of ${field} is faster than ${limit}`,
    find(episode, limits) {
      const { data, size } = episode.states(field);
      for (let i = 0; i < data.length; i++) {
        if (!(Math.abs(data[i]!) <= limits[limit]!)) {
          const step = Math.floor(i / size);
          return { step, joint: i % size, found: data[i]!, limit: limits[limit]! };
        }
      }
      return null;
    },
  };
}

/**
 * Workspace: a point stays above a height and within a distance of another.
 *
 * @param field Position, `[3]` m
 * @param centre `[3]` m
 * @param names Names of the two limits
 */
export function workspace(
  field: string,
  centre: readonly [number, number, number],
  { floor, radius }: { readonly floor: string; readonly radius: string },
): StabilityCheck {
  return {
    reason: "left_workspace",
    description: `${field} is below ${floor} or farther than ${radius} from its centre`,
    find(episode, limits) {
      const { data, size, count } = episode.states(field);
      for (let step = 0; step < count; step++) {
        const row = data.subarray(step * size, step * size + 3);
        const x = row[0]!, y = row[1]!, z = row[2]!;
        const distance = Math.hypot(x - centre[0], y - centre[1], z - centre[2]);
        if (!(z >= limits[floor]! && distance <= limits[radius]!)) {
          return { step, x, y, z, distance, floor: limits[floor]!, radius: limits[radius]! };
        }
      }
      return null;
    },
  };
}

/**
 * Settling: over its last control periods a point is, on average, no faster than a limit. An
 * episode that ends faster was cut in mid-swing.
 *
 * @param field Position, in m
 * @param window Control periods
 */
export function settling(
  field: string,
  { controlHz, window, limit }: {
    readonly controlHz: number;
    readonly window: number;
    readonly limit: string;
  },
): StabilityCheck {
  return {
    reason: "not_settled",
    description: `${field} is, over its last ${window} steps, faster than ${limit}`,
    find(episode, limits) {
      const { data, size, count } = episode.states(field);
      const first = Math.max(1, count - window);
      let path = 0;
      for (let step = first; step < count; step++) {
        let square = 0;
        for (let i = step * size; i < (step + 1) * size; i++) {
          square += (data[i]! - data[i - size]!) ** 2;
        }
        path += Math.sqrt(square);
      }
      const speed = path * controlHz / (count - first);
      return speed <= limits[limit]! ? null : { speed, limit: limits[limit]! };
    },
  };
}
