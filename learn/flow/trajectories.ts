import {
  type ColumnData,
  type EpisodeSource,
  rowSize,
  type Split,
  SPLITS,
} from "../../core/episode.ts";
import type { Normalization } from "../normalization.ts";
import { stepFields, turnsOf } from "./fields.ts";
import type { PLAN_FIELDS, PlanPath } from "./plan.ts";
import type { z } from "zod";

/** Fields side by side, normalised. */
export interface FlowColumns {
  readonly fields: readonly string[];
  readonly normalization: Normalization;
}

/** Fields to read from a dataset. */
export interface FlowFields {
  /** Step fields. */
  readonly state: FlowColumns;
  /** Episode fields. */
  readonly condition: FlowColumns;
  readonly plan: PlanFields | null;
}

/** Fields of the plan, normalised like the columns of the state that follow it. */
export interface PlanFields extends z.output<typeof PLAN_FIELDS> {
  readonly columns: readonly number[];
}

/** States of the episodes of a split, one after another: T + 1 of an episode of T steps. */
export interface Trajectories {
  /** `[rows, width]`, normalised. */
  readonly states: Float32Array;
  readonly width: number;
  /** `[episodes, conditionWidth]`, normalised. */
  readonly conditions: Float32Array;
  readonly conditionWidth: number;
  /** Plans of the episodes, null if there are none. */
  readonly plans: Plans | null;
  /** `[episodes + 1]` first state of each episode, and the number of all. */
  readonly starts: Int32Array;
  /** `[rows]` episode of each state. */
  readonly episodes: Int32Array;
  /** `[width]` period in normalised units of components that wrap around, else 0. */
  readonly periods: Float32Array;
}

/** The plans of episodes, as {@linkcode PlanPath} one after another. */
export interface Plans {
  /** `[rows, width]`, normalised; a row for each state. */
  readonly targets: Float32Array;
  readonly width: number;
  /** `[episodes]` control steps. */
  readonly durations: Float64Array;
}

/**
 * Reads a split: every observed state of an episode, the one after its last step among them, its
 * condition and its plan.
 *
 * @throws {InvalidInputError} If a field is absent
 */
export async function readTrajectories(
  source: EpisodeSource,
  split: Split,
  { state, condition, plan }: FlowFields,
): Promise<Trajectories> {
  const { data: splits } = await source.readEpisodes("split");
  const wanted = SPLITS.indexOf(split);
  const picked: Episode[] = [];
  let rows = 0;
  for (let index = 0; index < source.episodes; index++) {
    if (Number(splits[index]) !== wanted) continue;
    const first = index === 0 ? 0 : source.episodeEnds[index - 1]!;
    const steps = source.episodeEnds[index]! - first;
    picked.push({ index, first, steps, row: rows });
    rows += steps + 1;
  }
  const episodes = new Int32Array(rows);
  picked.forEach(({ row, steps }, i) => episodes.fill(i, row, row + steps + 1));
  const states = await readStates(source, picked, rows, state);
  const { mean, scale } = state.normalization;
  const trajectories: Trajectories = {
    states,
    width: mean.length,
    conditions: await readConditions(source, picked, condition),
    conditionWidth: condition.normalization.mean.length,
    plans: plan === null ? null : await readPlans(source, picked, { plan, state, states }),
    starts: Int32Array.from([...picked.map(({ row }) => row), rows]),
    episodes,
    periods: Float32Array.from(turnsOf(source, state.fields), (turn, j) => turn / scale[j]!),
  };
  return trajectories;
}

/** Rows of a step field that are read at a time. */
const BLOCK_ROWS = 65_536;

/** Visits every row of a step field that belongs to one of the episodes, block by block. */
async function visitSteps(
  source: EpisodeSource,
  field: string,
  episodes: readonly Episode[],
  visit: (episode: Episode, step: number, data: ColumnData, at: number) => void,
): Promise<void> {
  for (let begin = 0, end = 0; begin < episodes.length; begin = end) {
    const { first } = episodes[begin]!;
    const stop = (episode: Episode): number => episode.first + episode.steps;
    do end++; while (end < episodes.length && stop(episodes[end]!) - first <= BLOCK_ROWS);
    const { data, shape } = await source.readSteps(field, first, stop(episodes[end - 1]!));
    const size = rowSize(shape);
    for (let i = begin; i < end; i++) {
      const episode = episodes[i]!;
      for (let step = 0; step < episode.steps; step++) {
        visit(episode, step, data, (episode.first - first + step) * size);
      }
    }
    source.release?.(); // nobody comes back to these rows
  }
}

interface Episode {
  /** Number within the dataset. */
  readonly index: number;
  /** First of its rows of step fields. */
  readonly first: number;
  readonly steps: number;
  /** First of its states. */
  readonly row: number;
}

async function readStates(
  source: EpisodeSource,
  episodes: readonly Episode[],
  rows: number,
  { fields, normalization: { mean, scale } }: FlowColumns,
): Promise<Float32Array> {
  const width = mean.length, states = new Float32Array(rows * width);
  let offset = 0;
  for (const field of fields) {
    const [spec] = stepFields(source, [field]), size = rowSize(spec!.shape);
    const write = (row: number, data: ColumnData, at: number): void => {
      for (let j = 0; j < size; j++) {
        const column = offset + j;
        states[row * width + column] = (Number(data[at + j]) - mean[column]!) / scale[column]!;
      }
    };
    await visitSteps(
      source,
      field,
      episodes,
      ({ row }, step, data, at) => write(row + step, data, at),
    );
    const { data } = await source.readEpisodes(`final_${field}`);
    for (const { index, steps, row } of episodes) write(row + steps, data, index * size);
    offset += size;
  }
  return states;
}

async function readConditions(
  source: EpisodeSource,
  episodes: readonly Episode[],
  { fields, normalization: { mean, scale } }: FlowColumns,
): Promise<Float32Array> {
  const width = mean.length, out = new Float32Array(episodes.length * width);
  let offset = 0;
  for (const field of fields) {
    const { data, shape } = await source.readEpisodes(field), size = rowSize(shape);
    episodes.forEach(({ index }, i) => {
      for (let j = 0; j < size; j++) {
        const column = offset + j;
        out[i * width + column] = (Number(data[index * size + j]) - mean[column]!) / scale[column]!;
      }
    });
    offset += size;
  }
  return out;
}

/** Row 0 of a plan is where the episode starts, row k the target of step k. */
async function readPlans(
  source: EpisodeSource,
  episodes: readonly Episode[],
  { plan, state, states }: {
    readonly plan: PlanFields;
    readonly state: FlowColumns;
    readonly states: Float32Array;
  },
): Promise<Plans> {
  const { mean, scale } = state.normalization, { columns } = plan;
  const width = columns.length, targets = new Float32Array(states.length / mean.length * width);
  for (const { row } of episodes) {
    columns.forEach((column, j) => targets[row * width + j] = states[row * mean.length + column]!);
  }
  await visitSteps(source, plan.targets, episodes, ({ row }, step, data, at) => {
    columns.forEach((column, j) => {
      const value = Number(data[at + j]);
      targets[(row + step + 1) * width + j] = (value - mean[column]!) / scale[column]!;
    });
  });
  const durations = (await source.readEpisodes(plan.duration)).data;
  const { controlHz } = source.schema;
  return {
    targets,
    width,
    durations: Float64Array.from(episodes, ({ index }) => Number(durations[index]) * controlHz),
  };
}

/** The plan of an episode of a split. */
export function planOf({ starts }: Trajectories, plans: Plans, episode: number): PlanPath {
  const { targets, width, durations } = plans;
  return {
    targets: targets.subarray(starts[episode]! * width, starts[episode + 1]! * width),
    width,
    duration: durations[episode]!,
  };
}

/**
 * Computes the displacement of a component between two rows of an episode; angles take the short
 * way.
 */
export function wayBetween(
  { states, width, periods }: Trajectories,
  from: number,
  to: number,
  column: number,
): number {
  const period = periods[column]!;
  const way = states[to * width + column]! - states[from * width + column]!;
  return period > 0 ? way - period * Math.round(way / period) : way;
}

/**
 * State j of the pair (i, j) with its angles unwrapped about state i: `[width]` into `out`.
 *
 * @param from Row of `states`
 * @param to Row of `states` in the same episode
 */
export function laterState(
  trajectories: Trajectories,
  from: number,
  to: number,
  out: Float32Array,
): void {
  const { states, width } = trajectories;
  for (let j = 0; j < width; j++) {
    out[j] = states[from * width + j]! + wayBetween(trajectories, from, to, j);
  }
}
