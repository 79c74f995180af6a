import { join } from "node:path";
import type { PipelineDeclaration } from "../../pipelines/mod.ts";
import { goTool } from "../../tools/go_tool.ts";
import { digestsOf } from "../cli/_task_directory.ts";
import { Postgresql, postgresqlPrograms } from "../infra/_postgresql.ts";
import { TemporalCluster, type TemporalPrograms } from "../infra/_temporal_cluster.ts";
import { FaultProxy } from "../store/blobs/_fault_proxy.ts";
import { startStore, storeVariables } from "../store/blobs/_served_store.ts";
import { progressOf, rewritten, stampsBelow } from "./_commits.ts";
import { SeparateWorkers, whyNotSeparate } from "./_separate_workers.ts";
import { submitRun, summaryIn } from "./_submitted_run.ts";
import { moment } from "./_victims.ts";

/** What befalls a cluster. */
export type ClusterVictim =
  | "worker"
  | "server"
  /** PostgreSQL stops at once and recovers. */
  | "database"
  /** All at once. */
  | "workers"
  /** A third of all requests to the store fails, in five ways, for some seconds. */
  | "store";

export const CLUSTER_VICTIMS: readonly ClusterVictim[] = [
  "worker",
  "server",
  "database",
  "workers",
  "store",
];

/** Place of a cluster's data directory: a disk that all see, or a bucket. */
export type ClusterStore = "local" | "s3";

/** Seconds for which a store fails. */
const FAILING = 5;

/** Share of the requests that fail always, and while the store fails. */
const FEW = 0.02, MANY = 1 / 3;

/** Returns why there can be no cluster here, null if there can. */
export async function whyNoCluster(store: ClusterStore): Promise<string | null> {
  if (postgresqlPrograms() === null) return "no PostgreSQL below /usr/lib/postgresql";
  const tools = store === "s3"
    ? ["temporal-server", "versitygw"] as const
    : ["temporal-server"] as const;
  for (const name of tools) {
    const { reason } = await goTool(name);
    if (reason !== null) return reason;
  }
  return null;
}

/** What befalls a run, and when. */
export interface ClusterStrike {
  readonly victim: ClusterVictim;
  /** Stage of the job. */
  readonly stage: string;
  /** Shards or checkpoints of the stage after which it is struck, at least 1. */
  readonly after: number;
}

/** What a run came to. */
export interface ClusterResult {
  readonly digests: Readonly<Record<string, string>>;
  /** Commits before each strike that were written again or are gone. */
  readonly rewritten: readonly string[];
  /** Time from each strike to the first new commit. */
  readonly recoverySeconds: readonly number[];
  readonly seconds: number;
}

/** Temporal on PostgreSQL, a store, and four workers that share nothing else. */
export class Cluster {
  /** Why the workers have no namespaces of their own, null if they have. */
  readonly unseparated: string | null;
  /** Faults that requests to the store met; null without a bucket. */
  readonly proxy: FaultProxy | null;
  readonly #directory: string;
  readonly #database: Postgresql;
  readonly #server: TemporalCluster;
  readonly #workers: SeparateWorkers;
  #runs = 0;

  private constructor(
    { directory, database, server, workers, proxy, unseparated }: {
      readonly directory: string;
      readonly database: Postgresql;
      readonly server: TemporalCluster;
      readonly workers: SeparateWorkers;
      readonly proxy: FaultProxy | null;
      readonly unseparated: string | null;
    },
  ) {
    this.#directory = directory;
    this.#database = database;
    this.#server = server;
    this.#workers = workers;
    this.proxy = proxy;
    this.unseparated = unseparated;
  }

  /**
   * Starts a cluster.
   *
   * @param held Gets what must end with it, as soon as that is there
   * @throws {Error} Where {@linkcode whyNoCluster} says why
   */
  static async start(
    held: AsyncDisposableStack,
    { store, seed }: { readonly store: ClusterStore; readonly seed: number },
  ): Promise<Cluster> {
    const directory = await Deno.makeTempDir({ prefix: "sluice-cluster-" });
    held.defer(() => Deno.remove(directory, { recursive: true }));
    await Deno.chmod(directory, 0o755); // PostgreSQL's user passes through it
    const unseparated = await whyNotSeparate();
    const programs = postgresqlPrograms()!;
    const database = held.use(await Postgresql.start(programs, join(directory, "postgresql")));
    const server = held.use(
      await TemporalCluster.start(await temporal(), database, join(directory, "temporal")),
    );
    const proxy = store === "local" ? null : held.use(
      await FaultProxy.start(await startStore(held, directory), { seed, rate: FEW }),
    );
    const workers = held.use(
      new SeparateWorkers({ count: 4, directory, separate: unseparated === null }),
    );
    return new Cluster({
      directory,
      database,
      server,
      workers,
      proxy,
      unseparated,
    });
  }

  /** Runs a job, strikes it in the order of its stages, and brings it to its end. */
  async run(
    job: PipelineDeclaration,
    strikes: readonly ClusterStrike[],
  ): Promise<ClusterResult> {
    const started = performance.now(), name = `run-${this.#runs++}`;
    const [home, committed] = this.proxy === null
      ? [join(this.#directory, name), join(this.#directory, name)]
      : [`s3://robots/${name}`, join(this.#directory, "s3/buckets/robots", name)];
    const env = {
      TEMPORAL_ADDRESS: this.#server.address,
      SLUICE_HOME: home,
      ...storeVariables(this.proxy?.settings),
    };
    const progressIn = await progressOf(committed, job);
    await this.#workers.start(env);
    try {
      await submitRun(job, env);
      const summary = summaryIn(committed, job.name), ended = () => summary() !== null;
      const kept = [], recoverySeconds = [];
      for (const { victim, stage, after } of strikes) {
        while (!ended() && progressIn(stage) < after) await moment();
        if (ended()) throw new Error(`the run ended before ${stage} was struck`);
        const before = stampsBelow(committed), struck = performance.now();
        const mended = this.#strike(victim);
        while (!ended() && isSubset(stampsBelow(committed), before)) await moment();
        recoverySeconds.push((performance.now() - struck) / 1000);
        await mended;
        kept.push(before);
      }
      while (!ended()) await moment();
      const { status } = summary()!;
      if (status !== "completed") throw new Error(`the run ${status}`);
      return {
        digests: digestsOf(summary()!),
        rewritten: kept.flatMap((before) => rewritten(committed, before)),
        recoverySeconds,
        seconds: (performance.now() - started) / 1000,
      };
    } finally {
      await this.#workers.kill();
    }
  }

  async #strike(victim: ClusterVictim): Promise<void> {
    const workers = this.#workers;
    switch (victim) {
      case "worker":
        return await workers.replace(this.#runs % workers.count);
      case "workers":
        for (let index = 0; index < workers.count; index++) await workers.replace(index);
        return;
      case "server":
        await this.#server.kill();
        return await this.#server.restart();
      case "database":
        await this.#database.stopAtOnce();
        return await this.#database.restart();
      case "store":
        this.proxy!.rate = MANY;
        await new Promise((resolve) => setTimeout(resolve, FAILING * 1000));
        this.proxy!.rate = FEW;
    }
  }
}

async function temporal(): Promise<TemporalPrograms> {
  const { executables, reason } = await goTool("temporal-server");
  if (executables === null) throw new Error(reason);
  const { server, sql } = executables;
  return { server: server!, sql: sql! };
}

function isSubset(
  some: ReadonlyMap<string, string>,
  all: ReadonlyMap<string, string>,
): boolean {
  return [...some.keys()].every((key) => all.has(key));
}
