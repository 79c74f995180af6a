import { summarizeSample, wilsonInterval } from "../../core/statistics/mod.ts";
import {
  type Commit,
  type CommitInfo,
  readCommit,
  readShard,
  readVerdicts,
} from "../../store/mod.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { evaluate, evaluationConditions } from "../../pipelines/kinds/evaluate.ts";
import {
  environmentOf,
  type EpisodeMetrics,
  type MeasuredEpisode,
  viewEpisodes,
} from "../../sim/mod.ts";
import { handedOn, LABELLED_STEPS } from "./labelled_steps.ts";
import { numbersOf } from "./shard_result.ts";
import type { CommitTask } from "../types.ts";

/** Figures of committed shards, as the commit of their stage holds them. */

/** `success_rate`, `mean_reward`, `mean_episode_length` over all candidates of the shards. */
export async function simulationFigures(
  directories: readonly string[],
): Promise<Partial<CommitInfo>> {
  const commits = await readCommits(directories);
  const counts = sumCounts(commits, ["candidates", "steps", "successes"]);
  const { candidates, steps, successes } = counts;
  const { retries, labelled_steps: labelled } = sumCounts(commits, ["retries", LABELLED_STEPS]);
  const returns = commits.reduce(
    (sum, { counts, metrics }) => sum + Number(metrics["mean_reward"]) * counts["candidates"]!,
    0,
  );
  return {
    counts: {
      shards: directories.length,
      ...counts,
      ...(retries > 0 && { retries }),
      ...(labelled > 0 && { [LABELLED_STEPS]: labelled }),
    },
    metrics: {
      success_rate: successes / candidates,
      mean_reward: returns / candidates,
      mean_episode_length: steps / candidates,
    },
  };
}

/**
 * `acceptance_rate` over the candidates up to the one that completes the dataset. For a check that
 * another follows, over all candidates of the shards.
 */
export async function checkFigures(
  directories: readonly string[],
  { stage }: CommitTask,
): Promise<Partial<CommitInfo>> {
  const { target, next } = stage.chain!;
  const counts = { candidates: 0, accepted: 0 };
  const reasons: Record<string, number> = {};
  for (const directory of directories) {
    for (const { accepted, reason } of await readVerdicts(directory)) {
      if (next === null && counts.accepted === target) break;
      counts.candidates++;
      if (accepted) counts.accepted++;
      if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  }
  return {
    counts: {
      shards: directories.length,
      ...counts,
      rejected: counts.candidates - counts.accepted,
    },
    metrics: { acceptance_rate: counts.accepted / counts.candidates },
    attributes: { reasons },
  };
}

/**
 * Success with its 95 % Wilson interval, return and length over all episodes, and what the
 * environment measures; of the shards under test noise behind them, `success_rate_noisy` with its
 * interval; of those with pushes, the environment's metrics as `pushed_<name>`. `shards` counts
 * those without: the episodes that a report shows.
 */
export async function evaluationFigures(
  directories: readonly string[],
  { stage, inputs }: CommitTask,
): Promise<Partial<CommitInfo>> {
  const conditions = evaluationConditions(parametersOf(stage, evaluate));
  const size = directories.length / conditions.length;
  const counts: Record<string, number> = {}, metrics: Record<string, number> = {};
  // What the policy cost its expert, and the round that it comes from.
  Object.assign(counts, ...inputs.map((input) => handedOn(input.counts)));
  for (const [index, condition] of conditions.entries()) {
    const figures = await figuresOfEpisodes(directories.slice(index * size, (index + 1) * size));
    if (condition === "plain") {
      Object.assign(counts, figures.counts);
      Object.assign(metrics, figures.metrics, figures.measured);
      continue;
    }
    const { episodes, successes } = figures.counts;
    Object.assign(counts, {
      [`${condition}_episodes`]: episodes,
      [`${condition}_successes`]: successes,
    });
    for (const name of ["success_rate", "success_rate_low", "success_rate_high"] as const) {
      metrics[name.replace("rate", `rate_${condition}`)] = figures.metrics[name];
    }
    for (const [name, value] of Object.entries(figures.measured)) {
      metrics[`${condition}_${name}`] = value;
    }
  }
  return { counts, metrics };
}

async function figuresOfEpisodes(directories: readonly string[]) {
  const returns: number[] = [], lengths: number[] = [], measured: MeasuredEpisode[] = [];
  let successes = 0, metrics: EpisodeMetrics | undefined;
  for (const directory of directories) {
    const { schema, table } = await readShard(directory);
    returns.push(...numbersOf(table, "return"));
    lengths.push(...table.lengths);
    successes += numbersOf(table, "success").filter(Boolean).length;
    metrics = environmentOf(schema).metrics;
    if (metrics !== undefined) measured.push(...viewEpisodes(table).map(metrics.measure));
  }
  const episodes = lengths.length;
  const interval = wilsonInterval(successes, episodes);
  const reward = summarizeSample(returns), length = summarizeSample(lengths);
  return {
    counts: {
      shards: directories.length,
      episodes,
      successes,
      steps: lengths.reduce((sum, steps) => sum + steps, 0),
    },
    metrics: {
      success_rate: successes / episodes,
      success_rate_low: interval.low,
      success_rate_high: interval.high,
      mean_reward: reward.mean,
      std_reward: reward.std,
      min_reward: reward.min,
      max_reward: reward.max,
      mean_episode_length: length.mean,
    },
    measured: metrics?.summarize(measured) ?? {},
  };
}

async function readCommits(directories: readonly string[]): Promise<Commit[]> {
  const commits: Commit[] = [];
  for (const directory of directories) {
    const commit = await readCommit(directory);
    if (commit === null) throw new Error(`Cannot commit a stage: ${directory} is not committed`);
    commits.push(commit);
  }
  return commits;
}

function sumCounts<Name extends string>(
  commits: readonly Commit[],
  names: readonly Name[],
): Record<Name, number> {
  const sums = names.map((name) =>
    [name, commits.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0)] as const
  );
  return Object.fromEntries(sums) as Record<Name, number>; // one entry a name, just made
}
