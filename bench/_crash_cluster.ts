/** Trials in a cluster: Temporal on PostgreSQL, and four workers that share nothing but a store. */
import { noteLine } from "../cli/kit/output.ts";
import { MissingToolError } from "../core/errors.ts";
import {
  Cluster,
  CLUSTER_VICTIMS,
  type ClusterResult,
  type ClusterStore,
  type ClusterStrike,
  type ClusterVictim,
  whyNoCluster,
} from "../tests/crash/_cluster.ts";
import type { CrashJob } from "../tests/crash/_jobs.ts";
import { runUninterrupted, trialOf } from "../tests/crash/_trial.ts";
import { mostRewritten, sameDigests, worstAndMedian } from "./_crash_figures.ts";
import type { Figure } from "./_figures.ts";

export interface ClusterCrashOptions {
  readonly trials: number;
  /** Seed of the moments and of the store's faults. */
  readonly seed: number;
  readonly store: ClusterStore;
}

/**
 * Measures the guarantees of runs in a cluster that is struck, as figures.
 *
 * @throws {MissingToolError} If a server is not installed
 */
export async function measureClusterCrashes(
  job: CrashJob,
  { trials, seed, store }: ClusterCrashOptions,
): Promise<readonly Figure[]> {
  const reason = await whyNoCluster(store);
  if (reason !== null) {
    throw new MissingToolError({
      action: "start a cluster",
      expected: "PostgreSQL (Debian: postgresql) and the servers in Go",
      found: reason,
      remedy: "install what is missing, and run again",
    });
  }
  const expected = JSON.stringify(await runUninterrupted(job.declaration));
  noteLine("Starting PostgreSQL, Temporal and the store …");
  await using held = new AsyncDisposableStack();
  using _interrupt = onInterrupt(held);
  const cluster = await Cluster.start(held, { store, seed });
  if (cluster.unseparated !== null) {
    noteLine(`Workers have no namespaces of their own: ${cluster.unseparated}`);
  }
  const victims = CLUSTER_VICTIMS.filter((victim) => victim !== "store" || cluster.proxy !== null);
  const results: ClusterResult[] = [];
  for (let index = 0; index < trials; index++) {
    const strikes = strikesOf(job, { seed, index, victims });
    const name = `${index + 1} of ${trials}: ` +
      strikes.map(({ victim, stage, after }) => `${victim} in ${stage} at ${after}`).join(", ");
    try {
      const result = await cluster.run(job.declaration, strikes);
      const isSame = JSON.stringify(result.digests) === expected;
      if (isSame) results.push(result);
      noteLine(`${name}: ${isSame ? "same digests" : "OTHER DIGESTS"}, ${describe(result)}`);
    } catch (error) {
      noteLine(`${name}: FAILED: ${error}`);
    }
  }
  return figuresOf(results, cluster, { trials, store });
}

/** Ends the servers where a person ends the benchmark: PostgreSQL would outlive it. */
function onInterrupt(held: AsyncDisposableStack): Disposable {
  const end = () => void held.disposeAsync().finally(() => Deno.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, end);
  return {
    [Symbol.dispose]() {
      for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, end);
    },
  };
}

function describe({ rewritten, recoverySeconds, seconds }: ClusterResult): string {
  const back = recoverySeconds.map((value) => value.toFixed(1)).join(", ");
  return `${rewritten.length} written again, back after ${back} s, ${seconds.toFixed(1)} s`;
}

/** A strike in each stage, of another victim than in the run before. */
function strikesOf(
  { declaration, moments }: CrashJob,
  { seed, index, victims }: {
    readonly seed: number;
    readonly index: number;
    readonly victims: readonly ClusterVictim[];
  },
): readonly ClusterStrike[] {
  return Object.entries(moments).map(([stage, last], at) => {
    const job = { declaration, moments: { [stage]: last } };
    const { after } = trialOf(seed, index * Object.keys(moments).length + at, { job });
    return { victim: victims[(index + at) % victims.length]!, stage, after };
  });
}

function figuresOf(
  results: readonly ClusterResult[],
  { unseparated, proxy }: Cluster,
  { trials, store }: Omit<ClusterCrashOptions, "seed">,
): readonly Figure[] {
  const id = (figure: string) => `crash.cluster-${store}-${figure}`;
  const recovery = results.flatMap(({ recoverySeconds }) => recoverySeconds);
  return [
    sameDigests(id("same-digests"), {
      name: `runs of ${trials} in a cluster that came to the digests of a plain local run`,
      same: results.length,
      trials,
    }),
    mostRewritten(id("rewritten"), results),
    {
      id: id("separate"),
      name: "workers in namespaces of their own",
      unit: "workers",
      value: unseparated === null ? 4 : 0,
    },
    ...(proxy === null ? [] : [{
      id: id("store-faults"),
      name: `requests to the store that met a fault, of ${proxy.requests}`,
      unit: "requests",
      value: Object.values(proxy.met).reduce((sum, count) => sum + count, 0),
    }]),
    ...worstAndMedian(id("recovery"), {
      name: "from a strike to the first new commit",
      seconds: recovery,
      bar: null,
    }),
  ];
}
