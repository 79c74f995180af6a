/**
 * Measures the cost of durability: the wall time of the main job beside its compute, the memory of
 * the worker, and the time until a killed run is back at work.
 */
import type { RunSummary } from "../activities/types.ts";
import { TaskDirectory } from "../tests/cli/_task_directory.ts";
import { runTrials, trialOf } from "../tests/crash/_trial.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";
import { type MeasuredRun, measureRun } from "./_measured_run.ts";

/** Wall time over compute. */
const OVERHEAD_BAR = 1.1;
/** Limit for the memory of the worker process (MB). */
const MEMORY_BAR = 700;
/** Seconds from a restart to the first new commit. */
const RECOVERY_BAR = 15;
/** Memory after four times the episodes, over that before: what is left is noise of the collector. */
const FLATNESS_BAR = 1.2;

/** Episodes of the two runs whose memory is compared. */
const EPISODES = [400, 1600] as const;

/** Trials of `deno task bench:crash`: the worker in generate, everything in train. */
const KILLED = [0, 8] as const;

export async function measureOrchestration(
  { seed }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const [few, many] = EPISODES, seeded = ["--seed", String(seed)];
  const peakOf = async (episodes: number) =>
    (await runMeasured(["reach-random", "--episodes", String(episodes), ...seeded])).peakMegabytes;
  // First, so that the code of this build is compiled and bundled before anything is timed.
  const before = await peakOf(few), after = await peakOf(many);
  const whole = await runMeasured(["reach-expert", "--threads", "1", ...seeded]);
  return [
    {
      // On one thread nothing overlaps, so the critical path is all stages.
      id: "orchestration.overhead",
      name: "reach-expert from an empty directory, one thread: wall time",
      unit: "s",
      value: whole.seconds,
      peer: { name: "sum of the stages' compute", value: computeOf(whole.summary) },
      bar: { of: "ratio", most: OVERHEAD_BAR },
    },
    {
      id: "orchestration.memory",
      name: "reach-expert, all stages: memory of the worker",
      unit: "MB",
      value: whole.peakMegabytes,
      bar: { of: "value", most: MEMORY_BAR },
    },
    {
      id: "orchestration.memory-growth",
      name: `memory of the worker after ${many} episodes`,
      unit: "MB",
      value: after,
      peer: { name: `after ${few}`, value: before },
      bar: { of: "ratio", most: FLATNESS_BAR },
    },
    {
      id: "orchestration.recovery",
      name: `killed ${KILLED.length} times: from restart to the first new commit, worst`,
      unit: "s",
      value: await worstRecovery(seed),
      bar: { of: "value", most: RECOVERY_BAR },
    },
  ];
}

/** Runs a pipeline on an empty data root. */
async function runMeasured(args: readonly string[]): Promise<MeasuredRun> {
  await using directory = new TaskDirectory();
  return await measureRun(directory, args);
}

/** Elapsed times of sharded stages overlap even on one thread; what their shards took does not. */
function computeOf({ stages }: RunSummary): number {
  return Object.values(stages).reduce(
    (sum, { seconds, threadSeconds }) => sum + (threadSeconds ?? seconds),
    0,
  );
}

async function worstRecovery(seed: number): Promise<number> {
  const seconds: number[] = [];
  for (const index of KILLED) {
    const { kills } = await runTrials([trialOf(seed, index)]);
    seconds.push(...kills.map(({ recoverySeconds }) => recoverySeconds));
  }
  return Math.max(...seconds);
}
