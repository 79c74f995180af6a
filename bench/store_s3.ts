/**
 * Measures generation with its data in a bucket beside generation on the local disk, and two workers
 * that share nothing but the bucket beside one. All workers have one thread, and Temporal's server,
 * the store and the workers share the processors of this machine.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MissingToolError } from "../core/errors.ts";
import { stopServer } from "../infra/temporal/server.ts";
import { definePipeline, type PipelineDeclaration } from "../pipelines/mod.ts";
import { provideServer, temporalDirectory } from "../runtime/services/services.ts";
import { SeparateWorkers, whyNotSeparate } from "../tests/crash/_separate_workers.ts";
import { submitRun, summaryIn } from "../tests/crash/_submitted_run.ts";
import { moment } from "../tests/crash/_victims.ts";
import { startStore, storeVariables } from "../tests/store/blobs/_served_store.ts";
import type { S3Settings } from "../store/blobs/s3_settings.ts";
import { goTool } from "../tools/go_tool.ts";
import { type BenchmarkOptions, type Figure, takeTurns } from "./_figures.ts";

/** Generation's rate in a bucket, over that on a disk. */
const STORE_BAR = 0.8;
/** Rate of two workers, over that of one. */
const WORKERS_BAR = 1.7;

/** Runs of each that count. */
const ROUNDS = 3;

/** Episodes of a shard: the default. */
const SHARD = 32;

/** What is generated. */
interface Job {
  readonly environment: string;
  /** Episodes of a run that is measured, and of one before it, in which the workers start. */
  readonly episodes: number;
  readonly warmUp: number;
  /** Identifiers of its figures: one worker beside a disk, and two workers beside one. */
  readonly ids: readonly [bucket: string, two: string];
  /** Bar for two workers; null where they are not judged. */
  readonly workersBar: number | null;
}

const JOBS: readonly Job[] = [
  // Shards of a simulator with contacts, which take some tenths of a second.
  {
    environment: "pick_place",
    episodes: 1536,
    warmUp: 64,
    ids: ["store-s3.generation", "store-s3.two-workers"],
    workersBar: WORKERS_BAR,
  },
  // Shards of some hundredths of a second: what the server, the worker's main thread and the store do
  // for each takes more of a processor than computing it, so that one worker has two of them busy.
  {
    environment: "reach",
    episodes: 3072,
    warmUp: 256,
    ids: ["store-s3.short-shards", "store-s3.two-workers-short-shards"],
    workersBar: null,
  },
];

/** Episodes a second. */
type Rates = Readonly<Record<"disk" | "bucket" | "two", number>>;

export async function measureStoreS3(
  { seed, episodes }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const { reason } = await goTool("versitygw");
  if (reason !== null) {
    throw new MissingToolError({
      action: "start a store",
      expected: "versitygw",
      found: reason,
      remedy: "install it, and run again",
    });
  }
  await using held = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "sluice-store-s3-" });
  held.defer(() => Deno.remove(directory, { recursive: true }));
  const root = join(directory, "server");
  await Deno.mkdir(root);
  held.defer(async () => void await stopServer(temporalDirectory(root)));
  const { server } = await provideServer(root, { environment: Deno.env.toObject() });
  const settings = await startStore(held, directory);
  const separate = await whyNotSeparate() === null;
  let runs = 0;
  const rate = async (job: Job, count: number, store?: S3Settings) => {
    const name = `run-${runs++}`;
    const [home, committed] = store === undefined
      ? [join(directory, name), join(directory, name)]
      : [`s3://robots/${name}`, join(directory, "s3/buckets/robots", name)];
    const env = {
      TEMPORAL_ADDRESS: server.address,
      SLUICE_HOME: home,
      ...storeVariables(store),
    };
    await using workers = new SeparateWorkers({ count, directory, separate });
    await workers.start(env);
    await runPipeline(pipelineOf("warm-up", job, { seed, episodes: job.warmUp }), env, committed);
    const measured = { seed: seed + 1, episodes: episodes ?? job.episodes };
    await runPipeline(pipelineOf("measured", job, measured), env, committed);
    return SHARD * rateOf(committed);
  };
  const figures = [];
  for (const job of JOBS) {
    const rates: Rates = await takeTurns(ROUNDS, {
      disk: () => rate(job, 1),
      bucket: () => rate(job, 1, settings),
      two: () => rate(job, 2, settings),
    });
    figures.push(...figuresOf(job, rates));
  }
  return figures;
}

function pipelineOf(
  name: string,
  { environment }: Job,
  { seed, episodes }: { readonly seed: number; readonly episodes: number },
): PipelineDeclaration {
  return definePipeline({
    name,
    seed,
    stages: {
      generate: { kind: "generate", environment, episodes, shard: SHARD, randomize: true },
      merge: { kind: "merge", from: "generate" },
    },
  });
}

/** Runs a pipeline on the workers. */
async function runPipeline(
  pipeline: PipelineDeclaration,
  env: Readonly<Record<string, string>>,
  committed: string,
): Promise<void> {
  await submitRun(pipeline, env);
  const summary = summaryIn(committed, pipeline.name);
  while (summary() === null) await moment();
  if (summary()!.status !== "completed") throw new Error(`Cannot measure: ${pipeline.name} failed`);
}

/** Shards a second, from the first commit of the larger stage to its last. */
function rateOf(committed: string): number {
  const stages = join(committed, "stages");
  const times = readdirSync(stages).filter((name) => name.startsWith("generate-")).map((name) => {
    const shards = join(stages, name, "shards");
    return readdirSync(shards).filter((file) => file.endsWith(".zip"))
      .map((file) => statSync(join(shards, file)).mtimeMs / 1000);
  }).sort((a, b) => b.length - a.length)[0]!;
  return (times.length - 1) / (Math.max(...times) - Math.min(...times));
}

function figuresOf(
  { environment, ids: [bucketId, twoId], workersBar }: Job,
  { disk, bucket, two }: Rates,
): readonly Figure[] {
  const unit = "episodes/s";
  return [
    {
      id: bucketId,
      name: `${environment} into a bucket of versitygw, one worker of one thread`,
      unit,
      value: bucket,
      peer: { name: "into a local directory", value: disk },
      bar: { of: "ratio", least: STORE_BAR },
    },
    {
      id: twoId,
      name: `${environment} into the bucket, two such workers`,
      unit,
      value: two,
      peer: { name: "one", value: bucket },
      ...(workersBar === null ? {} : { bar: { of: "ratio", least: workersBar } }),
    },
  ];
}
