import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import type { PipelineDeclaration } from "../../pipelines/mod.ts";
import type { S3Credentials } from "../../store/blobs/s3_settings.ts";
import { goTool } from "../../tools/go_tool.ts";
import { PROJECT_DIRECTORY, taskArguments } from "../../runtime/services/task_command.ts";
import { digestsOf, TaskDirectory } from "../cli/_task_directory.ts";
import { Postgresql, postgresqlPrograms } from "../infra/_postgresql.ts";
import { runProgram } from "../infra/_programs.ts";
import { TemporalCluster, type TemporalPrograms } from "../infra/_temporal_cluster.ts";
import { FaultProxy } from "../store/blobs/_fault_proxy.ts";
import { S3Server } from "../store/blobs/_s3_server.ts";
import { progressOf, rewritten, stampsBelow } from "./_commits.ts";
import { SeparateWorkers, whyNotSeparate } from "./_separate_workers.ts";
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

/** A trial in a cluster. */
export interface ClusterTrial {
  readonly victim: ClusterVictim;
  readonly stage: string;
  readonly after: number;
}

/** What it came to. */
export interface ClusterResult {
  readonly digests: Readonly<Record<string, string>>;
  /** Commits before it that were written again or are gone. */
  readonly rewritten: readonly string[];
  /** Time from the strike to the first new commit. */
  readonly recoverySeconds: number;
  readonly seconds: number;
}

/** Temporal on PostgreSQL, a store, and four workers that share nothing else. */
export class Cluster implements AsyncDisposable {
  /** Why the workers have no namespaces of their own, null if they have. */
  readonly unseparated: string | null;
  /** Faults that requests to the store met; null without a bucket. */
  readonly proxy: FaultProxy | null;
  readonly #held: AsyncDisposableStack;
  readonly #directory: string;
  readonly #database: Postgresql;
  readonly #server: TemporalCluster;
  readonly #workers: SeparateWorkers;
  #runs = 0;

  private constructor(
    { held, directory, database, server, workers, proxy, unseparated }: {
      readonly held: AsyncDisposableStack;
      readonly directory: string;
      readonly database: Postgresql;
      readonly server: TemporalCluster;
      readonly workers: SeparateWorkers;
      readonly proxy: FaultProxy | null;
      readonly unseparated: string | null;
    },
  ) {
    this.#held = held;
    this.#directory = directory;
    this.#database = database;
    this.#server = server;
    this.#workers = workers;
    this.proxy = proxy;
    this.unseparated = unseparated;
  }

  /** @throws {Error} Where {@linkcode whyNoCluster} says why */
  static async start(store: ClusterStore, seed: number): Promise<Cluster> {
    await using held = new AsyncDisposableStack();
    const directory = await Deno.makeTempDir({ prefix: "sluice-cluster-" });
    held.defer(() => Deno.remove(directory, { recursive: true }));
    await Deno.chmod(directory, 0o755); // PostgreSQL's user passes through it
    const unseparated = await whyNotSeparate();
    const programs = postgresqlPrograms()!;
    const database = held.use(await Postgresql.start(programs, join(directory, "postgresql")));
    const server = held.use(
      await TemporalCluster.start(await temporal(), database, join(directory, "temporal")),
    );
    const proxy = store === "local" ? null : await startStore(held, directory, seed);
    const workers = held.use(
      new SeparateWorkers({ count: 4, directory, separate: unseparated === null }),
    );
    return new Cluster({
      held: held.move(),
      directory,
      database,
      server,
      workers,
      proxy,
      unseparated,
    });
  }

  /** Runs a job, strikes as the trial says, and brings the job to its end. */
  async run(job: PipelineDeclaration, trial: ClusterTrial): Promise<ClusterResult> {
    const started = performance.now(), name = `run-${this.#runs++}`;
    const [home, committed] = this.proxy === null
      ? [join(this.#directory, name), join(this.#directory, name)]
      : [`s3://robots/${name}`, join(this.#directory, "s3/buckets/robots", name)];
    const env = { TEMPORAL_ADDRESS: this.#server.address, SLUICE_HOME: home, ...this.#access() };
    const progressIn = await progressOf(committed, job);
    await this.#workers.start(env);
    try {
      await this.#submit(job, env);
      const summary = summaryIn(committed, job.name);
      while (progressIn(trial.stage) < trial.after) {
        if (summary() !== null) throw new Error(`the run ended before ${trial.stage} was struck`);
        await moment();
      }
      const before = stampsBelow(committed), struck = performance.now();
      const mended = this.#strike(trial.victim);
      while (summary() === null && isSubset(stampsBelow(committed), before)) await moment();
      const recoverySeconds = (performance.now() - struck) / 1000;
      await mended;
      while (summary() === null) await moment();
      const ended = summary()!;
      if (ended.status !== "completed") throw new Error(`the run ${ended.status}`);
      return {
        digests: digestsOf(ended),
        rewritten: rewritten(committed, before),
        recoverySeconds,
        seconds: (performance.now() - started) / 1000,
      };
    } finally {
      await this.#workers.kill();
    }
  }

  /** Hands the run to the workers. */
  async #submit(job: PipelineDeclaration, env: Readonly<Record<string, string>>): Promise<void> {
    await using site = new TaskDirectory();
    const file = site.write("job.json", job);
    await runProgram(Deno.execPath(), taskArguments("pipeline", [file, "--no-worker"]), {
      cwd: PROJECT_DIRECTORY,
      env,
    });
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

  /** Variables for the store. */
  #access(): Readonly<Record<string, string>> {
    if (this.proxy === null) return {};
    const { endpoint, credentials } = this.proxy.settings;
    const { accessKeyId, secretAccessKey } = credentials as S3Credentials; // the server's are no identity
    return {
      AWS_ENDPOINT_URL_S3: endpoint!,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: "us-east-1",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

async function temporal(): Promise<TemporalPrograms> {
  const { executables, reason } = await goTool("temporal-server");
  if (executables === null) throw new Error(reason);
  const { server, sql } = executables;
  return { server: server!, sql: sql! };
}

/** Starts versitygw with a bucket, behind a proxy of faults. */
async function startStore(
  held: AsyncDisposableStack,
  directory: string,
  seed: number,
): Promise<FaultProxy> {
  const { executables, reason } = await goTool("versitygw");
  if (executables === null) throw new Error(reason);
  const server = held.use(
    await S3Server.startVersitygw(executables["versitygw"]!, join(directory, "s3")),
  );
  await server.createBucket("robots");
  return held.use(await FaultProxy.start(server.settings, { seed, rate: FEW }));
}

/** Returns a look at how the first run of a pipeline ended: null before. */
function summaryIn(committed: string, pipeline: string): () => RunSummary | null {
  const file = join(committed, "runs", pipeline, "0001/run.json");
  return () => {
    if (!existsSync(file)) return null;
    try {
      const summary: RunSummary = JSON.parse(readFileSync(file, "utf8"));
      return "status" in summary && ["completed", "failed", "cancelled"].includes(summary.status)
        ? summary
        : null;
    } catch {
      return null; // it is being written
    }
  };
}

function isSubset(
  some: ReadonlyMap<string, string>,
  all: ReadonlyMap<string, string>,
): boolean {
  return [...some.keys()].every((key) => all.has(key));
}
