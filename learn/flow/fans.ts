import { type EpisodeSource, rowSize } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import type { Fan, Future } from "../scoring.ts";
import type { FlowEpisodes } from "./episodes.ts";
import { stepFields } from "./fields.ts";
import { distance, stateAt } from "./pairs.ts";
import type { Sampler } from "./samples.ts";
import { laterState } from "./trajectories.ts";

/** Episodes that are drawn, and central intervals of their futures, the widest first. */
const EPISODES = 3, BANDS = [0.9, 0.5] as const;

/** A component of the state, as a reader knows it. */
export interface Component {
  readonly name: string;
  readonly unit: string | null;
}

/** Names and units of all components of a state. */
export function componentsOf(source: EpisodeSource, fields: readonly string[]): Component[] {
  return stepFields(source, fields).flatMap(({ name, shape, unit = null, components }) =>
    Array.from({ length: rowSize(shape) }, (_, j) => {
      const part = components?.[j];
      const short = name.replace(/^observation\//, "");
      return { name: part === undefined ? short : `${short} ${part}`, unit };
    })
  );
}

/**
 * Futures over what came, in the episodes of a split that move furthest: from every state that is a
 * multiple of `maxSteps`, for as many steps. One fan for each of the moving components.
 */
export function drawFans(
  sampler: Sampler,
  episodes: FlowEpisodes,
  components: readonly Component[],
  random: RandomGenerator,
): readonly Fan[] {
  const { trajectories, rule, config, fields } = episodes;
  const { mean, scale } = fields.state.normalization;
  return mostMoving(episodes).flatMap((episode) => {
    const path = unwrap(episodes, episode);
    const first = trajectories.starts[episode]!, last = path.length - 1;
    const futures = rule.columns.map((): Future[] => []);
    for (let start = 0; start < last; start += config.maxSteps) {
      const steps = Math.min(config.maxSteps, last - start);
      const samples = Array.from(
        { length: steps },
        (_, k) => sampler.sample(first + start, k + 1, random),
      );
      rule.columns.forEach((column, at) => {
        const state = trajectories.states[(first + start) * trajectories.width + column]!;
        // Samples follow from the stored state; an unwrapped path may be some turns from it.
        const turns = path[start]![column]! - state;
        const quantile = (share: number): number[] =>
          samples.map((columns) => {
            const sorted = columns[column]!;
            const value = sorted[Math.round(share * (sorted.length - 1))]! + turns;
            return value * scale[column]! + mean[column]!;
          });
        futures[at]!.push({
          start,
          median: quantile(0.5),
          bands: BANDS.map((level) => ({
            level,
            low: quantile((1 - level) / 2),
            high: quantile((1 + level) / 2),
          })),
        });
      });
    }
    return rule.columns.map((column, at) => ({
      episode,
      ...components[column]!,
      stepSeconds: 1 / config.controlHz,
      actual: path.map((state) => state[column]! * scale[column]! + mean[column]!),
      futures: futures[at]!,
    }));
  });
}

/** Episodes whose moving components end furthest from where they began. */
function mostMoving({ trajectories, rule }: FlowEpisodes): readonly number[] {
  const { starts } = trajectories;
  const ways = Array.from({ length: starts.length - 1 }, (_, episode) => ({
    episode,
    way: distance(
      stateAt(trajectories, starts[episode]!),
      stateAt(trajectories, starts[episode + 1]! - 1),
      rule,
    ),
  }));
  return ways.sort((a, b) => b.way - a.way).slice(0, EPISODES).map(({ episode }) => episode);
}

/** States of an episode, normalised, without the jumps of angles that wrap around. */
function unwrap({ trajectories }: FlowEpisodes, episode: number): readonly Float32Array[] {
  const { starts, width } = trajectories, first = starts[episode]!;
  const path = [Float32Array.from(stateAt(trajectories, first))];
  for (let row = first; row + 1 < starts[episode + 1]!; row++) {
    const now = stateAt(trajectories, row), next = new Float32Array(width);
    laterState(trajectories, row, row + 1, next);
    path.push(next.map((value, j) => path.at(-1)![j]! + value - now[j]!));
  }
  return path;
}
