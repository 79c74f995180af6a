import type { EpisodeSource, SavedPolicy, Split } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import { parseConfig } from "../model.ts";
import { savedNormalization } from "../normalization.ts";
import { savedTensor } from "../tape/parameters.ts";
import { FLOW_CONFIG, type FlowConfig, flowFields } from "./config.ts";
import type { FlowQuery } from "./density.ts";
import { distance, type MotionRule, motionRule, type Pairs, stateAt } from "./pairs.ts";
import { planWidth, writePlan } from "./plan.ts";
import {
  type FlowFields,
  laterState,
  planOf,
  readTrajectories,
  type Trajectories,
} from "./trajectories.ts";

/** Episodes of a split as a flow sees them, and what counts as what. */
export interface FlowEpisodes {
  readonly config: FlowConfig;
  readonly fields: FlowFields;
  readonly trajectories: Trajectories;
  /** `[state]` declared noise on what comes, in the state's own units. */
  readonly declaredNoise: Float32Array;
  /** The same, normalised. */
  readonly noise: Float32Array;
  readonly rule: MotionRule;
}

/** Pairs with what came of them. */
export interface ObservedPairs extends Pairs {
  /** `[length, state]` later states, normalised, with the declared noise. */
  readonly noisy: Float32Array;
  /** `[length]` 1 if the pair moves by more than the rule's threshold. */
  readonly moving: Uint8Array;
}

/**
 * Reads the split on which a flow is measured.
 *
 * @throws {InvalidInputError} If it has no transition, or the flow does not fit the dataset
 */
export async function openEpisodes(
  saved: SavedPolicy,
  source: EpisodeSource,
  split: Split,
): Promise<FlowEpisodes> {
  const config = parseConfig("flow", FLOW_CONFIG, saved.config);
  const { state: size, condition: conditionSize } = config.architecture;
  const state = { fields: config.state, normalization: savedNormalization(saved, "state", size) };
  const fields = flowFields(config, state, {
    fields: config.condition,
    normalization: savedNormalization(saved, "condition", conditionSize),
  });
  const { scale } = state.normalization;
  const declaredNoise = savedTensor(saved.tensors, "state/noise", [size]).data;
  const trajectories = await readTrajectories(source, split, fields);
  const { starts } = trajectories;
  if (starts.at(-1)! < starts.length) {
    throw new InvalidInputError({
      action: "score a flow",
      expected: `transitions in split "${split}"`,
      found: "none",
      remedy: `merge with a larger split.${split}`,
    });
  }
  return {
    config,
    fields,
    trajectories,
    declaredNoise,
    noise: declaredNoise.map((sigma, j) => sigma / scale[j]!),
    rule: motionRule(source, state, config.moving) ??
      { columns: Array.from(scale, (_, j) => j), scale, threshold: 0 },
  };
}

/** Pairs with the noise of `(seed, purpose)` on what came. */
export function observePairs(
  { trajectories, noise, rule }: FlowEpisodes,
  pairs: Pairs,
  { seed, purpose }: { readonly seed: number; readonly purpose: string },
): ObservedPairs {
  const { width } = trajectories, random = createRandom(seed, purpose, 0);
  const noisy = new Float32Array(pairs.length * width), moving = new Uint8Array(pairs.length);
  for (let i = 0; i < pairs.length; i++) {
    const from = pairs.from[i]!, next = noisy.subarray(i * width, (i + 1) * width);
    laterState(trajectories, from, from + pairs.steps[i]!, next);
    if (distance(next, stateAt(trajectories, from), rule) > rule.threshold) moving[i] = 1;
    for (let j = 0; j < width; j++) next[j]! += noise[j]! * random.normal();
  }
  return { ...pairs, noisy, moving };
}

/** Conditions of the density of a pair, row by row. */
export interface QueryBuffers extends Required<FlowQuery> {
  readonly rows: number;
}

/** Buffers of a query of some rows. */
export function createQuery(
  { width, conditionWidth, plans }: Trajectories,
  rows: number,
): QueryBuffers {
  return {
    rows,
    state: new Float32Array(rows * width),
    condition: new Float32Array(rows * conditionWidth),
    time: new Float32Array(rows),
    interval: new Float32Array(rows),
    plan: new Float32Array(plans === null ? 0 : rows * planWidth(plans.width)),
  };
}

/** Returns a query without the plan if there is none. */
export function queryOf({ plan, ...query }: QueryBuffers): FlowQuery {
  return plan.length === 0 ? query : { ...query, plan };
}

/** Fills rows [row, row + count) of a query with one state and interval. */
export function fillQuery(
  query: QueryBuffers,
  trajectories: Trajectories,
  { from, steps }: { readonly from: number; readonly steps: number },
  row: number,
  count = 1,
): void {
  const { conditions, conditionWidth, starts, episodes, plans } = trajectories;
  const episode = episodes[from]!, time = from - starts[episode]!;
  const state = stateAt(trajectories, from);
  const condition = conditions.subarray(
    episode * conditionWidth,
    (episode + 1) * conditionWidth,
  );
  const width = plans === null ? 0 : planWidth(plans.width);
  if (plans !== null) {
    writePlan(planOf(trajectories, plans, episode), time, steps, query.plan, row * width);
  }
  const seen = query.plan.subarray(row * width, (row + 1) * width);
  for (let i = row; i < row + count; i++) {
    query.state.set(state, i * state.length);
    query.condition.set(condition, i * conditionWidth);
    if (i > row) query.plan.set(seen, i * width);
  }
  query.time.fill(time, row, row + count);
  query.interval.fill(steps, row, row + count);
}
