import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { sha256Hex } from "../../core/canonical.ts";
import { createRandom } from "../../core/random.ts";
import { digestsOf, summaryOf, TaskDirectory } from "../cli/_task_directory.ts";
import { namesIn, progressOf, rewritten, stampsBelow } from "./_commits.ts";
import { CHECKPOINT_EVERY, CRASH_JOBS, type CrashJob, REACH_JOB } from "./_jobs.ts";
import { KILLED, moment, StruckRun, type Victim } from "./_victims.ts";

export interface Trial {
  readonly victim: Victim;
  /** Stage of the job. */
  readonly stage: string;
  /** Shards or checkpoints of the stage after which it is struck, at least 1. */
  readonly after: number;
}

/**
 * The trial of an index: another victim and another stage than the one before, until every victim was
 * struck in every stage, at a moment drawn from the seed.
 */
export function trialOf(
  seed: number,
  index: number,
  { job: { moments } = CRASH_JOBS.reach, victims = KILLED }: {
    readonly job?: CrashJob;
    readonly victims?: readonly Victim[];
  } = {},
): Trial {
  const victim = victims[index % victims.length]!, stages = Object.entries(moments);
  // Both in step come to each pair once only where their numbers have no divisor in common.
  const period = leastCommonMultiple(victims.length, stages.length);
  const [stage, last] = stages[(index + Math.floor(index / period)) % stages.length]!;
  return { victim, stage, after: 1 + createRandom(seed, "crash/after", index).integer(last) };
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

/** What a kill came to. */
export interface KillResult {
  /** Commits that were there before the kill. */
  readonly kept: number;
  /** Those of them that were written again or are gone. */
  readonly rewritten: readonly string[];
  /** Checkpoints before the kill from which the training did not go on. */
  readonly lostCheckpoints: number;
  /**
   * Time from the restart (of the command after `group`, otherwise from the kill) to the first new
   * commit.
   */
  readonly recoverySeconds: number;
}

/** What a run came to that was killed. */
export interface KilledRun {
  readonly digests: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Tasks that killed workers had under way and that the last command gave to others. */
  readonly released: number;
  readonly kills: readonly KillResult[];
}

/** Runs a job without a kill. */
export async function runUninterrupted(job = REACH_JOB): Promise<Readonly<Record<string, string>>> {
  await using directory = new TaskDirectory();
  const summary = await directory.complete(directory.write("job.json", job));
  return { ...digestsOf(summary), ...videosOf(summary) };
}

/** Digests of the videos in the directory of a run. */
function videosOf({ directory }: RunSummary): Readonly<Record<string, string>> {
  const videos = join(directory, "videos");
  const files = namesIn(videos).sort().flatMap((stage) =>
    namesIn(join(videos, stage)).sort().map((name) => join(stage, name))
  );
  return Object.fromEntries(
    files.map((file) => [file, sha256Hex(new Uint8Array(readFileSync(join(videos, file))))]),
  );
}

/** Options of {@linkcode runTrials}. */
export interface TrialOptions {
  /** What `SLUICE_KERNELS` is at each start of the run, in turn. */
  readonly kernels?: readonly string[] | undefined;
  /** Ends the run before it is done. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a job, kills as the trials say, one after the other, and brings it to its end. */
export async function runTrials(
  trials: readonly Trial[],
  job = REACH_JOB,
  { kernels, signal }: TrialOptions = {},
): Promise<KilledRun> {
  const started = performance.now();
  await using directory = new TaskDirectory();
  const { root } = directory, declaration = directory.write("job.json", job);
  const progressIn = await progressOf(root, job);
  await using struck = await StruckRun.start(
    directory,
    [declaration, "--json"],
    trials.map(({ victim }) => victim),
    kernels,
  );
  const kills = [];
  for (const { victim, stage, after } of trials) {
    while (progressIn(stage) < after) await moment(signal);
    const before = new Map<string, string>();
    let reached = 0;
    const mended = await struck.strike(victim, () => {
      stampsBelow(root).forEach((stamp, file) => before.set(file, stamp));
      reached = progressIn(stage);
    }, signal);
    const committed = await untilCommitted(root, struck.ended, signal);
    const recoverySeconds = (committed - mended) / 1000;
    kills.push({ stage, before, reached, recoverySeconds });
  }
  const result = await struck.finish(signal), summary = summaryOf(result);
  const notes = result.stderr.matchAll(/Restarting tasks of a dead worker: (\d+)/g);
  return {
    digests: { ...digestsOf(summary), ...videosOf(summary) },
    released: [...notes].reduce((sum, [, count]) => sum + Number(count), 0),
    seconds: (performance.now() - started) / 1000,
    kills: kills.map(({ stage, before, reached, recoverySeconds }) => ({
      kept: before.size,
      rewritten: rewritten(root, before),
      lostCheckpoints: summary.stages[stage]!.kind === "train"
        ? reached - resumedCheckpoint(summary, stage, reached)
        : 0,
      recoverySeconds,
    })),
  };
}

/** The checkpoint from which a training went on; `reached` where nothing stopped it. */
function resumedCheckpoint({ stages }: RunSummary, stage: string, reached: number): number {
  const step = stages[stage]!.resumedFrom;
  return step === null ? reached : step / CHECKPOINT_EVERY;
}

/** Waits for a commit that is not there yet, or the end. @returns When it was there */
async function untilCommitted(
  root: string,
  end: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const before = stampsBelow(root);
  let ended = false;
  end.then(() => ended = true);
  while (!ended && [...stampsBelow(root).keys()].every((file) => before.has(file))) {
    await moment(signal);
  }
  return performance.now();
}
