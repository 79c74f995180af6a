/**
 * What durability costs: the wall time of the main job beside its compute, the memory of the worker,
 * and how soon a killed run is back at work.
 */
import type { RunSummary } from "../activities/types.ts";
import { listWorkers } from "../cli/worker_registry.ts";
import { resultOf, summaryOf, TaskDirectory } from "../tests/cli/_task_directory.ts";
import { runTrial, trialOf } from "../tests/crash/_trial.ts";
import type { Figure } from "./_figures.ts";

/** Wall time over compute. */
const OVERHEAD_BAR = 1.1;
/** MB of the worker process. */
const MEMORY_BAR = 700;
/** Seconds from a restart to the first new commit. */
const RECOVERY_BAR = 15;
/** Memory after four times the episodes, over that before: what is left is noise of the collector. */
const FLATNESS_BAR = 1.2;

/** Episodes of the two runs whose memory is compared. */
const EPISODES = [400, 1600] as const;

/** Between two looks at the memory of a worker, in ms. */
const SAMPLE_INTERVAL_MS = 200;

/** Trials of `deno task bench:crash`: the worker in generate, everything in train. */
const KILLED = [0, 5] as const;

export async function measureOrchestration(): Promise<readonly Figure[]> {
  const whole = await runMeasured(["reach-expert", "--threads", "1"]);
  const [few, many] = EPISODES;
  const peakOf = async (episodes: number) =>
    (await runMeasured(["reach-random", "--episodes", String(episodes)])).peakMegabytes;
  const before = await peakOf(few), after = await peakOf(many);
  return [
    {
      // On one thread nothing overlaps, so the critical path is all stages.
      name: "reach-expert from an empty directory, one thread: wall time",
      unit: "s",
      value: whole.seconds,
      peer: { name: "sum of the stages' compute", value: computeOf(whole.summary) },
      bar: { of: "ratio", most: OVERHEAD_BAR },
    },
    {
      name: "reach-expert, all stages: memory of the worker",
      unit: "MB",
      value: whole.peakMegabytes,
      bar: { of: "value", most: MEMORY_BAR },
    },
    {
      name: `memory of the worker after ${many} episodes`,
      unit: "MB",
      value: after,
      peer: { name: `after ${few}`, value: before },
      bar: { of: "ratio", most: FLATNESS_BAR },
    },
    {
      name: `killed ${KILLED.length} times: from restart to the first new commit, worst`,
      unit: "s",
      value: await worstRecovery(),
      bar: { of: "value", most: RECOVERY_BAR },
    },
  ];
}

interface MeasuredRun {
  readonly summary: RunSummary;
  /** From the start of the command to its end: server and worker are started and ended. */
  readonly seconds: number;
  /** Most that was resident of its worker. */
  readonly peakMegabytes: number;
}

/** Runs a pipeline on an empty data root. */
async function runMeasured(args: readonly string[]): Promise<MeasuredRun> {
  await using directory = new TaskDirectory();
  const started = performance.now();
  const ended = resultOf(directory.start("pipeline", [...args, "--json"]));
  let peakMegabytes = 0;
  const sample = setInterval(() => {
    for (const { pid } of listWorkers(directory.root)) {
      peakMegabytes = Math.max(peakMegabytes, peakOf(pid));
    }
  }, SAMPLE_INTERVAL_MS);
  try {
    const summary = summaryOf(await ended);
    return { summary, seconds: (performance.now() - started) / 1000, peakMegabytes };
  } finally {
    clearInterval(sample);
  }
}

/** Most that was ever resident of a process, in MB; 0 where it has ended, NaN without Linux's /proc. */
function peakOf(pid: number): number {
  if (Deno.build.os !== "linux") return NaN;
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(
      Deno.readTextFileSync(`/proc/${pid}/status`),
    )!;
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

function computeOf({ stages }: RunSummary): number {
  return Object.values(stages).reduce((sum, { seconds }) => sum + seconds, 0);
}

async function worstRecovery(): Promise<number> {
  const seconds: number[] = [];
  for (const index of KILLED) {
    seconds.push((await runTrial(trialOf(1, index))).recoverySeconds);
  }
  return Math.max(...seconds);
}
