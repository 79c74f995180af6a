/**
 * Measures generation with its data in a bucket beside generation on the local disk, and two workers
 * that share nothing but the bucket beside one. All workers have one thread.
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
/** Episodes of a run that is measured, and of one before it, in which the workers start. */
const EPISODES = 1536, WARM_UP = 128;
/** Episodes. */
const SHARD = 16;

export async function measureStoreS3(
  { seed, episodes = EPISODES }: BenchmarkOptions,
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
  const { settings } = await startStore(held, directory, { seed, rate: 0 });
  const separate = await whyNotSeparate() === null;
  let runs = 0;
  const rate = async (count: number, store?: S3Settings) => {
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
    await runJob(jobOf("warm-up", { seed, episodes: WARM_UP }), env, committed);
    await runJob(jobOf("measured", { seed: seed + 1, episodes }), env, committed);
    return SHARD * rateOf(committed);
  };
  return figuresOf(
    await takeTurns(ROUNDS, {
      disk: () => rate(1),
      bucket: () => rate(1, settings),
      two: () => rate(2, settings),
    }),
  );
}

function jobOf(
  name: string,
  { seed, episodes }: { readonly seed: number; readonly episodes: number },
): PipelineDeclaration {
  return definePipeline({
    name,
    seed,
    stages: {
      generate: { kind: "generate", environment: "reach", episodes, shard: SHARD, randomize: true },
      merge: { kind: "merge", from: "generate" },
    },
  });
}

/** Runs a job on the workers. */
async function runJob(
  job: PipelineDeclaration,
  env: Readonly<Record<string, string>>,
  committed: string,
): Promise<void> {
  await submitRun(job, env);
  const summary = summaryIn(committed, job.name);
  while (summary() === null) await moment();
  if (summary()!.status !== "completed") throw new Error(`Cannot measure: ${job.name} failed`);
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
  { disk, bucket, two }: Readonly<Record<"disk" | "bucket" | "two", number>>,
): readonly Figure[] {
  const unit = "episodes/s";
  return [
    {
      id: "store-s3.generation",
      name: "generation into a bucket of versitygw, one worker of one thread",
      unit,
      value: bucket,
      peer: { name: "into a local directory", value: disk },
      bar: { of: "ratio", least: STORE_BAR },
    },
    {
      id: "store-s3.two-workers",
      name: "generation into the bucket, two such workers",
      unit,
      value: two,
      peer: { name: "one", value: bucket },
      bar: { of: "ratio", least: WORKERS_BAR },
    },
  ];
}
