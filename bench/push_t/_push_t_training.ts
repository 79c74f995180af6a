import { loadPolicy } from "../../store/mod.ts";
import { TaskDirectory } from "../../tests/cli/_task_directory.ts";
import { runInBoth, runSeeds } from "./_gym_pusht.ts";
import { type Figure, formatFigures } from "../_figures.ts";
import { measureRun } from "../_measured_run.ts";

/** Pipeline `pusht-policy` from nothing, and its policy in gym-pusht itself. */

/** Training seeds, declared beforehand; the demonstrations are the same, the rounds are not. */
const TRAINING_SEEDS = [1, 2, 3] as const;
/**
 * Episodes of each test unless another number is asked for. The seeds of gym-pusht are never trained
 * on: starts are drawn otherwise.
 */
const EPISODES = 500, FIRST_GYM_SEED = 100_000;
/** Bars of a policy on gym-pusht's seeds. */
const SUCCESS = 0.97, COVERAGE = 0.955;
/** Minimum share of episodes that end alike in both, and maximum difference of mean coverages. */
const ALIKE = 0.98, COVERAGE_GAP = 0.005;
/** Time from nothing on two cores (s), and memory of the worker (MB). */
const WALL = 1800, MEMORY = 900;

export async function measureTrainedPolicies(
  python: string,
  count = EPISODES,
): Promise<readonly Figure[]> {
  await using directory = new TaskDirectory();
  const figures: Figure[] = [];
  for (const seed of TRAINING_SEEDS) {
    const run = await measureRun(directory, [
      ...["pusht-policy", "--threads", "2", "--set", `train.seed=${seed}`],
    ]);
    if (figures.length === 0) figures.push(...costs(run));
    const policy = await loadPolicy(run.summary.stages["select"]!.path);
    const options = { python, seed: 1000 + seed, stream: "bench", count };
    const pairs = await runInBoth(policy, options);
    const gym = await runSeeds(policy, { python, first: FIRST_GYM_SEED, count });
    const found = figuresOf(seed, pairs, gym);
    // The next seed takes long; what is known by now is not to be lost with it.
    console.error(formatFigures(found));
    figures.push(...found);
  }
  return figures;
}

/**
 * Returns a policy's results on gym-pusht's seeds, and how similarly its episodes end in both
 * simulators.
 */
function figuresOf(
  seed: number,
  pairs: Awaited<ReturnType<typeof runInBoth>>,
  gym: Awaited<ReturnType<typeof runSeeds>>,
): readonly Figure[] {
  const id = `push-t-policy.seed-${seed}`, name = `training seed ${seed}`;
  const share = (count: number) => count / gym.length;
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const alike = pairs.filter(({ success, gym }) => success === gym.success);
  const gap = mean(pairs.map(({ maxCoverage, gym }) => maxCoverage - gym.max_coverage));
  for (const [episode, { success, gym }] of pairs.entries()) {
    if (success === gym.success) continue;
    console.error(`${name}: episode ${episode} ends otherwise, differs from step ${gym.differs}`);
  }
  return [
    {
      id: `${id}-success`,
      name: `${name}: success on ${gym.length} seeds of gym-pusht`,
      unit: "",
      value: share(gym.filter(({ success }) => success).length),
      bar: { of: "value", least: SUCCESS },
    },
    {
      id: `${id}-coverage`,
      name: `${name}: mean greatest coverage there`,
      unit: "",
      value: mean(gym.map(({ max_coverage }) => max_coverage)),
      bar: { of: "value", least: COVERAGE },
    },
    {
      id: `${id}-alike`,
      name: `${name}: resets of ours that end alike in gym-pusht`,
      unit: "",
      value: share(alike.length),
      bar: { of: "value", least: ALIKE },
    },
    {
      id: `${id}-coverage-gap`,
      name: `${name}: difference of mean greatest coverages`,
      unit: "",
      value: Math.abs(gap),
      bar: { of: "value", most: COVERAGE_GAP },
    },
  ];
}

function costs(
  { seconds, peakMegabytes }: Awaited<ReturnType<typeof measureRun>>,
): readonly Figure[] {
  return [
    {
      id: "push-t-policy.wall",
      name: "pusht-policy from nothing, two threads: wall time",
      unit: "s",
      value: seconds,
      bar: { of: "value", most: WALL },
    },
    {
      id: "push-t-policy.memory",
      name: "pusht-policy: memory of the worker",
      unit: "MB",
      value: peakMegabytes,
      bar: { of: "value", most: MEMORY },
    },
  ];
}
