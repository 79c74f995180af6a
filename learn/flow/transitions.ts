import {
  type EpisodeSource,
  type FieldSpec,
  rowSize,
  type Split,
  SPLITS,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Normalization } from "../normalization.ts";

/** Fields side by side, normalised. */
export interface FlowColumns {
  readonly fields: readonly string[];
  readonly normalization: Normalization;
}

/** States of the episodes of a split, one behind another: T + 1 of an episode of T steps. */
export interface Trajectories {
  /** `[rows, width]`, normalised. */
  readonly states: Float32Array;
  readonly width: number;
  /** `[episodes, conditionWidth]`, normalised. */
  readonly conditions: Float32Array;
  readonly conditionWidth: number;
  /** `[episodes + 1]` first state of each episode, and the number of all. */
  readonly starts: Int32Array;
  /** `[width]` period in normalised units of components that wrap around, else 0. */
  readonly periods: Float32Array;
}

/**
 * Reads a split: every observed state of an episode, the one after its last step among them, and its
 * condition.
 *
 * @throws {InvalidInputError} If a field is absent
 */
export async function readTrajectories(
  source: EpisodeSource,
  split: Split,
  state: FlowColumns,
  condition: FlowColumns,
): Promise<Trajectories> {
  const { data: splits } = await source.readEpisodes("split");
  const wanted = SPLITS.indexOf(split);
  const episodes = Array.from({ length: source.episodes }, (_, episode) => episode)
    .filter((episode) => Number(splits[episode]) === wanted);
  const starts = new Int32Array(episodes.length + 1);
  episodes.forEach((episode, i) => {
    const first = episode === 0 ? 0 : source.episodeEnds[episode - 1]!;
    starts[i + 1] = starts[i]! + source.episodeEnds[episode]! - first + 1;
  });
  const width = state.normalization.mean.length;
  const states = new Float32Array(starts.at(-1)! * width);
  let offset = 0;
  for (const field of state.fields) {
    const { data, shape } = await source.readSteps(field, 0, source.steps);
    const final = await source.readEpisodes(`final_${field}`);
    const size = rowSize(shape);
    episodes.forEach((episode, i) => {
      const first = episode === 0 ? 0 : source.episodeEnds[episode - 1]!;
      const steps = source.episodeEnds[episode]! - first;
      for (let row = 0; row <= steps; row++) {
        for (let j = 0; j < size; j++) {
          const value = row < steps
            ? data[(first + row) * size + j]
            : final.data[episode * size + j];
          const column = offset + j;
          states[(starts[i]! + row) * width + column] =
            (Number(value) - state.normalization.mean[column]!) /
            state.normalization.scale[column]!;
        }
      }
    });
    offset += size;
  }
  return {
    states,
    width,
    conditions: await readConditions(source, episodes, condition),
    conditionWidth: condition.normalization.mean.length,
    starts,
    periods: periodsOf(source, state),
  };
}

async function readConditions(
  source: EpisodeSource,
  episodes: readonly number[],
  { fields, normalization: { mean, scale } }: FlowColumns,
): Promise<Float32Array> {
  const width = mean.length, out = new Float32Array(episodes.length * width);
  let offset = 0;
  for (const field of fields) {
    const { data, shape } = await source.readEpisodes(field), size = rowSize(shape);
    episodes.forEach((episode, i) => {
      for (let j = 0; j < size; j++) {
        const column = offset + j;
        out[i * width + column] = (Number(data[episode * size + j]) - mean[column]!) /
          scale[column]!;
      }
    });
    offset += size;
  }
  return out;
}

/** Mean and deviation of episode fields over the training split; constant ones are only centred. */
export async function conditionNormalization(
  source: EpisodeSource,
  fields: readonly string[],
): Promise<Normalization> {
  const { data: splits } = await source.readEpisodes("split");
  const mean: number[] = [], scale: number[] = [];
  for (const field of fields) {
    const { data, shape } = await source.readEpisodes(field), size = rowSize(shape);
    for (let j = 0; j < size; j++) {
      let count = 0, sum = 0, squares = 0;
      for (let episode = 0; episode < source.episodes; episode++) {
        if (Number(splits[episode]) !== SPLITS.indexOf("train")) continue;
        // Welford's update: no digits are lost where the mean is far from 0.
        const value = Number(data[episode * size + j]), before = value - sum;
        count++;
        sum += before / count;
        squares += before * (value - sum);
      }
      const deviation = Math.sqrt(squares / Math.max(1, count));
      mean.push(sum);
      scale.push(deviation > 1e-6 ? deviation : 1);
    }
  }
  return { mean: Float32Array.from(mean), scale: Float32Array.from(scale) };
}

/** Specifications of step fields, in order. Throws InvalidInputError where one is absent. */
export function stepFields(source: EpisodeSource, fields: readonly string[]): readonly FieldSpec[] {
  return fields.map((field) => {
    const spec = source.schema.step.find(({ name }) => name === field);
    if (spec !== undefined) return spec;
    throw new InvalidInputError(
      `Cannot train on "${field}": expected a step field, found none: ` +
        `the dataset has ${source.schema.step.map(({ name }) => name).join(", ")}`,
    );
  });
}

/** An angle whose bounds are a turn apart wraps around. */
function periodsOf(source: EpisodeSource, { fields, normalization }: FlowColumns): Float32Array {
  const turns = stepFields(source, fields).flatMap(({ shape, unit, low, high }) => {
    const size = rowSize(shape);
    return Array.from({ length: size }, (_, j) => {
      const range = (high?.[j] ?? high?.[0] ?? 0) - (low?.[j] ?? low?.[0] ?? 0);
      return unit === "rad" && Math.abs(range - 2 * Math.PI) < 1e-3 ? 2 * Math.PI : 0;
    });
  });
  return Float32Array.from(turns, (turn, j) => turn / normalization.scale[j]!);
}

/**
 * State j of the pair (i, j) with its angles unwrapped about state i: `[width]` into `out`.
 *
 * @param from Row of `states`
 * @param to Row of `states` in the same episode
 */
export function laterState(
  { states, width, periods }: Trajectories,
  from: number,
  to: number,
  out: Float32Array,
): void {
  for (let j = 0; j < width; j++) {
    const period = periods[j]!, start = states[from * width + j]!;
    const way = states[to * width + j]! - start;
    out[j] = start + (period > 0 ? way - period * Math.round(way / period) : way);
  }
}
