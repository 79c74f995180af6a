/**
 * Kills runs and counts what came of it.
 *
 *     deno task bench:crash                        100 trials
 *     deno task bench:crash --trials 9 --seed 2
 *     deno task bench:crash --job quadruped --trials 18
 *     deno task bench:crash --cluster --store s3 --trials 30
 *
 * Another victim in another stage in turn, at moments drawn from the seed: the worker, the server or all
 * of them are killed; or the machine is suspended, its clock steps, its disk fails or fills up. Ends
 * with status 1 if a digest differs, a commit was written again, more was lost than a
 * shard or a checkpoint, or work was not back in time.
 */
import { defineCommand } from "../cli/kit/flags.ts";
import { watchInterrupts } from "../cli/kit/interrupts.ts";
import { noteLine, printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { InvalidInputError } from "../core/errors.ts";
import type { ClusterStore } from "../tests/crash/_cluster.ts";
import { CRASH_JOBS, type CrashJob } from "../tests/crash/_jobs.ts";
import {
  type KilledRun,
  type KillResult,
  runTrials,
  runUninterrupted,
  trialOf,
} from "../tests/crash/_trial.ts";
import { VICTIMS } from "../tests/crash/_victims.ts";
import { whyNoDisk } from "../tests/store/_disk.ts";
import { measureClusterCrashes } from "./_crash_cluster.ts";
import { mostRewritten, sameDigests, worstAndMedian } from "./_crash_figures.ts";
import { type Figure, formatFigures, reachesBar, renderFigures } from "./_figures.ts";

const BENCH_CRASH = defineCommand({
  name: "bench:crash",
  summary: "Kills and disturbs runs in every stage and checks that they reach the same bytes.",
  arguments: {},
  flags: {
    trials: { type: "integer", description: "Runs to kill", default: 100, min: 1, max: 100_000 },
    job: {
      type: "text",
      description:
        "What is run: reach, a flow on movements of Push-T, killed in generate and train, " +
        "the quadruped's two branches, killed in six stages, Push-T's policy or rounds of " +
        "learning, killed in every round",
      placeholder: "JOB",
      choices: Object.keys(CRASH_JOBS),
      default: "reach",
    },
    seed: { type: "integer", description: "Seed of the moments", default: 1, min: 0 },
    kernels: {
      type: "boolean",
      description: "Kill everything at once, and go on with other kernels: native or WebAssembly",
    },
    cluster: {
      type: "boolean",
      description:
        "Run Temporal on PostgreSQL and four workers that share nothing but the store, " +
        "and strike workers, server, database and store",
    },
    store: {
      type: "text",
      placeholder: "STORE",
      choices: ["local", "s3"],
      default: "local",
      description:
        "Where a cluster's data directory is: one that all workers see, or a bucket of " +
        "versitygw whose requests meet faults",
    },
    json: { type: "boolean", description: "Print one line of JSON, with an id for each figure" },
  },
  examples: [
    ["deno task bench:crash --trials 21", "every victim in every stage once"],
    ["deno task bench:crash --job pusht-policy --trials 12", "every round of Push-T's policy"],
    ["deno task bench:crash --kernels --trials 20", "each restart on another implementation"],
    ["deno task bench:crash --cluster --store s3 --trials 30", "a cluster on object storage"],
  ],
});

/** Seconds from a restart to the first new commit. */
const RECOVERY_BAR = 15;
/** Seconds of a run of the main job that is killed once. */
const TRIAL_BAR = 20;

/** Only a command that starts again takes other kernels. */
const ONE_COMMAND = ["group"] as const;
/** Values of `SLUICE_KERNELS` before and after. */
const CHANGED: readonly string[] = ["native", "wasm"];

/** Options of {@linkcode measureCrashes}. */
interface CrashOptions {
  readonly trials: number;
  /** Seed of the moments. */
  readonly seed: number;
  /** Whether each restart is on another implementation of the kernels. */
  readonly kernels: boolean;
  /** Ends the trials before they are done. */
  readonly signal: AbortSignal;
}

/** A run that was killed once. */
type TrialResult = Omit<KilledRun, "kills"> & KillResult;

/** Runs trials and returns their results; a failed one is reported and left out. */
async function repeatTrials(
  job: CrashJob,
  { trials, seed, kernels, signal }: CrashOptions,
): Promise<readonly TrialResult[]> {
  const diskFault = kernels ? null : await whyNoDisk();
  const expected = JSON.stringify(await runUninterrupted(job.declaration));
  const victims = kernels
    ? ONE_COMMAND
    : diskFault === null
    ? VICTIMS
    : VICTIMS.filter((name) => name !== "full disk");
  if (diskFault !== null) noteLine(`No trial fills a disk: ${diskFault}`);
  const results: TrialResult[] = [];
  for (let index = 0; index < trials; index++) {
    const trial = trialOf(seed, index, { job, victims });
    const name = `${
      index + 1
    } of ${trials}: ${trial.victim} in ${trial.stage}, ${trial.after} done`;
    try {
      const begun = index % 2 === 0 ? CHANGED : CHANGED.toReversed();
      const { kills: [kill], ...run } = await runTrials(
        [trial],
        job.declaration,
        { kernels: kernels ? begun : undefined, signal },
      );
      const result = { ...run, ...kill! };
      const { digests, rewritten, recoverySeconds, seconds } = result;
      const same = JSON.stringify(digests) === expected;
      if (same) results.push(result);
      noteLine(
        `${name}: ${same ? "same digests" : "OTHER DIGESTS"}, ${rewritten.length} written again, ` +
          `back after ${recoverySeconds.toFixed(1)} s, ${seconds.toFixed(1)} s`,
      );
    } catch (error) {
      signal.throwIfAborted();
      noteLine(`${name}: FAILED: ${error}`);
    }
  }
  return results;
}

/** Measures the guarantees of killed runs, as figures. */
export async function measureCrashes(
  name: keyof typeof CRASH_JOBS,
  options: CrashOptions,
): Promise<readonly Figure[]> {
  const job: CrashJob = CRASH_JOBS[name], { trials } = options;
  const id = (figure: string) => `crash.${name}-${options.kernels ? "kernels-" : ""}${figure}`;
  const results = await repeatTrials(job, options);
  const worst = (of: (result: TrialResult) => number) => Math.max(...results.map(of));
  return [
    sameDigests(id("same-digests"), {
      name: `runs of ${trials} that came to the same digests`,
      same: results.length,
      trials,
    }),
    mostRewritten(id("rewritten"), results),
    {
      id: id("lost-checkpoints"),
      name: "checkpoints lost, worst",
      unit: "checkpoints",
      value: worst(({ lostCheckpoints }) => lostCheckpoints),
      bar: { of: "value", most: 1 },
    },
    ...worstAndMedian(id("recovery"), {
      name: "from restart to the first new commit",
      seconds: results.map(({ recoverySeconds }) => recoverySeconds),
      bar: RECOVERY_BAR,
    }),
    ...worstAndMedian(id("trial"), {
      name: "a whole trial",
      seconds: results.map(({ seconds }) => seconds),
      bar: name === "reach" ? TRIAL_BAR : null,
    }),
  ];
}

/** @throws {InvalidInputError} If a store is named without a cluster */
function requireNoStore<Flags extends { readonly store: string }>(flags: Flags): Flags {
  if (flags.store === "local") return flags;
  throw new InvalidInputError({
    action: "run trials",
    expected: "--cluster with --store s3",
    found: "--store s3 alone",
    remedy: "add --cluster",
  });
}

/** Runs the trials on this machine. @returns Null where a person ends them */
async function measureHere(
  name: keyof typeof CRASH_JOBS,
  options: Omit<CrashOptions, "signal">,
): Promise<readonly Figure[] | null> {
  using interrupts = watchInterrupts(() => noteLine("Ending the run under way …"));
  const { drain: signal, kill } = interrupts;
  kill.addEventListener("abort", () => Deno.exit(130));
  try {
    return await measureCrashes(name, { ...options, signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

if (import.meta.main) {
  await runCommand(BENCH_CRASH, async ({ flags }) => {
    const name = flags.job as keyof typeof CRASH_JOBS; // one of the flag's choices
    const figures = flags.cluster
      ? await measureClusterCrashes(CRASH_JOBS[name], {
        ...flags,
        store: flags.store as ClusterStore, // one of the flag's choices
      })
      : await measureHere(name, requireNoStore(flags));
    if (figures === null) return 130;
    printLine(flags.json ? formatFigures(figures) : renderFigures(figures));
    return figures.some((figure) => reachesBar(figure) === false) ? 1 : 0;
  });
}
