import { typedData } from "../../core/episode.ts";
import type { EpisodeMetrics, EpisodeTrack } from "../world/episode_metrics.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";
import { type PathKind, type Reference, referenceAt, traceReference } from "./paths.ts";
import { readPath, USER } from "./quadruped_spaces.ts";

/** Reference of a robot and its actual track. */
export interface QuadrupedTrack extends EpisodeTrack {
  readonly kind: PathKind;
  /** `[n]` m, of the trunk. */
  readonly heights: Float64Array;
}

/** Reads the reference of a stored episode from its initial state. */
function referenceOf(
  episode: EpisodeView,
  seconds: number,
): { kind: PathKind; reference: Reference } {
  const start = typedData(episode.episode("start_state"), Float64Array);
  const spec = readPath(start.subarray(start.length - USER.size));
  return { kind: spec.kind, reference: traceReference(spec, seconds) };
}

/** Computes the track of a stored episode along its reference, at every state. */
export function trackOf(episode: EpisodeView, controlHz: number): QuadrupedTrack {
  const { data, count } = episode.states("base_pos");
  const { kind, reference: path } = referenceOf(episode, count / controlHz);
  const reference = new Float64Array(2 * count), robot = new Float64Array(2 * count);
  const errors = new Float64Array(count), heights = new Float64Array(count);
  for (let state = 0; state < count; state++) {
    referenceAt(path, state / controlHz, reference, 2 * state);
    const x = robot[2 * state] = data[3 * state]!, y = robot[2 * state + 1] = data[3 * state + 1]!;
    errors[state] = Math.hypot(x - reference[2 * state]!, y - reference[2 * state + 1]!);
    heights[state] = data[3 * state + 2]!;
  }
  return { kind, reference, robot, errors, heights };
}

/** Aggregations of the metrics over all episodes of a path; the mean by default. */
const TOTALS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  falls: (values) => values.reduce((sum, value) => sum + value, 0),
  max_error: (values) => values.reduce((a, b) => Math.max(a, b), 0),
};

/**
 * Metrics of walks: horizontal distance (m) from where the reference is at the same time as mean,
 * maximum and at the end, length of the way (m), mean and deviation of the height (m), falls. Of
 * all episodes of a path under `<path>_<name>`; `falls` counts all.
 */
export function quadrupedMetrics(controlHz: number): EpisodeMetrics {
  return {
    track: (episode) => trackOf(episode, controlHz),
    measure(episode) {
      const { kind, errors, heights, robot } = trackOf(episode, controlHz);
      let way = 0;
      for (let at = 2; at < robot.length; at += 2) {
        way += Math.hypot(robot[at]! - robot[at - 2]!, robot[at + 1]! - robot[at - 1]!);
      }
      const height = mean(heights);
      return {
        group: kind,
        values: {
          mean_error: mean(errors),
          max_error: TOTALS["max_error"]!([...errors]),
          final_error: errors.at(-1)!,
          path_length: way,
          height_mean: height,
          height_deviation: Math.sqrt(mean(heights.map((value) => (value - height) ** 2))),
          falls: Number(episode.episode("terminated")?.[0] ?? 0),
        },
      };
    },
    summarize(episodes) {
      const metrics: Record<string, number> = {
        falls: TOTALS["falls"]!(episodes.map(({ values }) => values["falls"]!)),
      };
      for (const group of new Set(episodes.map(({ group }) => group))) {
        const own = episodes.filter((episode) => episode.group === group);
        for (const name of Object.keys(own[0]!.values)) {
          const values = own.map((episode) => episode.values[name]!);
          metrics[`${group}_${name}`] = (TOTALS[name] ?? mean)(values);
        }
      }
      return metrics;
    },
  };
}

function mean(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
