import { getEnvironment, rolloutCandidates } from "../../sim/mod.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { type BenchmarkOptions, type Figure, median, runPeer } from "../_figures.ts";
import { measureTrainedPolicies } from "./_push_t_training.ts";
import type { RolloutCount } from "../_rollout.ts";

/** Measures how well the planner, and policies trained on it, solve Push-T, and the cost. */

/** Engines on which the planner is measured; on `rapier2d` it takes twenty times as long. */
type Engine = "chipmunk" | "rapier2d";
/** Resets that the planner solves on each. */
const RESETS = 1000;
/** Steps of gym-pusht that an episode of the planner may cost, simulations of its plans included. */
const PEER_STEPS = 700;
/** Sequences of each kind over which gym-pusht's speed is measured. */
const TIMED = 3;
const GYM = "../../tests/sim/push_t_golden.py";

export async function measurePushTPolicy(
  { seed, episodes }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const { python, reason } = await pythonEnvironment("tests");
  if (python === null) throw new Error(`Cannot measure Push-T without its peer: ${reason}`);
  const chipmunk = await solve("chipmunk", seed);
  const gym = await runPeer<RolloutCount>(python, GYM, ["speed", String(TIMED)]);
  const rapier = await solve("rapier2d", seed);
  return [
    ...figuresOf("chipmunk", chipmunk, { success: 0.995, medianSteps: 110 }),
    {
      id: "push-t-policy.chipmunk-time",
      name: "planner on chipmunk: time of an episode",
      unit: "s",
      value: chipmunk.seconds / RESETS,
      peer: {
        name: `${PEER_STEPS} steps of gym-pusht`,
        value: PEER_STEPS * gym.seconds / gym.steps,
      },
      bar: { of: "ratio", most: 1 },
    },
    ...figuresOf("rapier2d", rapier, { success: 0.98 }),
    {
      id: "push-t-policy.rapier2d-time",
      name: "planner on rapier2d: time of an episode",
      unit: "s",
      value: rapier.seconds / RESETS,
    },
    ...await measureTrainedPolicies(python, episodes),
  ];
}

/** Results of some episodes. */
interface Solved {
  readonly successes: number;
  /** Steps of those that succeeded. */
  readonly steps: readonly number[];
  /** Mean of the episodes' greatest coverage. */
  readonly coverage: number;
  readonly seconds: number;
}

async function solve(engine: Engine, seed: number): Promise<Solved> {
  const begin = performance.now();
  const { lengths, step, episode } = await rolloutCandidates({
    environment: getEnvironment("push-t", { engine }),
    policy: "planner",
    seed,
    stream: "bench",
    first: 0,
    count: RESETS,
  });
  const seconds = (performance.now() - begin) / 1000;
  const success = Array.from(episode["success"]!.data, Number);
  const coverage = Array.from(step["info/coverage"]!.data, Number);
  let row = 0, sum = 0;
  for (const length of lengths) {
    sum += Math.max(...coverage.slice(row, row + length));
    row += length;
  }
  const steps = Array.from(lengths).filter((_, i) => success[i] === 1);
  return { successes: steps.length, steps, coverage: sum / RESETS, seconds };
}

function figuresOf(
  engine: Engine,
  { successes, steps, coverage }: Solved,
  bars: { readonly success: number; readonly medianSteps?: number },
): readonly Figure[] {
  const { medianSteps } = bars;
  return [
    {
      id: `push-t-policy.${engine}-success`,
      name: `planner on ${engine}: success of ${RESETS} resets`,
      unit: "",
      value: successes / RESETS,
      bar: { of: "value", least: bars.success },
    },
    {
      id: `push-t-policy.${engine}-steps`,
      name: `planner on ${engine}: median steps to success`,
      unit: "steps",
      value: median(steps),
      ...(medianSteps === undefined ? {} : { bar: { of: "value", most: medianSteps } }),
    },
    {
      id: `push-t-policy.${engine}-coverage`,
      name: `planner on ${engine}: mean greatest coverage`,
      unit: "",
      value: coverage,
    },
  ];
}
