import type { RandomGenerator } from "../../core/random.ts";
import type { ScoreMeter } from "../scoring.ts";
import { openFlow } from "./density.ts";
import type { SavedPolicy } from "../../core/episode.ts";
import { createQuery, fillQuery, type FlowEpisodes, queryOf } from "./episodes.ts";
import { median } from "./metrics.ts";
import { distance, type Pairs } from "./pairs.ts";
import { planOf } from "./trajectories.ts";
import { planWidth, writePlan } from "./plan.ts";

/** Samples whose means are compared: their own error stays well below the gaps that are measured. */
const ROLLOUTS = 256;

/** Predictions that the gap of some pairs takes. */
export function countRolledOut({ steps }: Pairs): number {
  return steps.reduce((sum, count) => sum + ROLLOUTS * (1 + count), 0);
}

/**
 * Median distance between the mean of one long step and that of single steps, each from the sample
 * before: 0 for a flow that is consistent. Over the moving fields, in their unit.
 *
 * @param pairs All of as many steps
 */
export async function measureRolloutGap(
  saved: SavedPolicy,
  episodes: FlowEpisodes,
  pairs: Pairs,
  { random, meter }: { readonly random: RandomGenerator; readonly meter: ScoreMeter },
): Promise<number> {
  const { trajectories, rule } = episodes, { width, plans, starts } = trajectories;
  const density = openFlow(saved, ROLLOUTS), query = createQuery(trajectories, ROLLOUTS);
  const noise = new Float32Array(ROLLOUTS * width);
  const draw = (): Float32Array => {
    for (let i = 0; i < noise.length; i++) noise[i] = random.normal();
    return density.sample(queryOf(query), noise);
  };
  const gaps: number[] = [];
  for (let i = 0; i < pairs.length; i++) {
    const from = pairs.from[i]!, steps = pairs.steps[i]!;
    fillQuery(query, trajectories, { from, steps }, 0, ROLLOUTS);
    const direct = meanOf(draw(), width);
    const episode = trajectories.episodes[from]!, start = from - starts[episode]!;
    fillQuery(query, trajectories, { from, steps: 1 }, 0, ROLLOUTS);
    for (let step = 0; step < steps; step++) {
      query.time.fill(start + step);
      if (plans !== null) {
        const seen = planWidth(plans.width);
        writePlan(planOf(trajectories, plans, episode), start + step, 1, query.plan, 0);
        for (let row = 1; row < ROLLOUTS; row++) query.plan.copyWithin(row * seen, 0, seen);
      }
      query.state.set(draw());
    }
    gaps.push(distance(direct, meanOf(query.state, width), rule));
    await meter.add(ROLLOUTS * (1 + steps));
  }
  return median(gaps);
}

/** Mean of the rows of `[rows, width]`. */
function meanOf(rows: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  rows.forEach((value, i) => sums[i % width]! += value);
  return Float32Array.from(sums, (sum) => sum * width / rows.length);
}
