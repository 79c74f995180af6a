import { join } from "node:path";
import type { QuarantinedShard } from "../../core/quarantine.ts";
import type { KernelPreference } from "../../learn/mod.ts";
import { ThreadPool } from "../../activities/mod.ts";
import { openRun } from "../../activities/run.ts";
import type { RunSummary, StageResult, StageTask } from "../../activities/types.ts";
import { ThreadBundle } from "../../runtime/bundles/thread_bundle.ts";
import { codeDigest } from "../../runtime/prepare/build_digest.ts";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import {
  compilePipeline,
  definePipeline,
  type PipelineDeclaration,
  type PipelinePlan,
} from "../../pipelines/mod.ts";

export const JOB = definePipeline({
  name: "job",
  seed: 3,
  stages: {
    generate: {
      kind: "generate",
      environment: "reach",
      policy: "scripted",
      episodes: 8,
      shard: 4,
    },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
    train: { kind: "train", from: "merge", steps: 200, hidden: [32, 32], checkpointEvery: 25 },
    evaluate: { kind: "evaluate", from: "train", episodes: 4, shard: 2 },
    // One shard without noise and one with.
    evaluate_noisy: { kind: "evaluate", from: "train", episodes: 4, shard: 4, testNoise: 0.5 },
  },
});

const CODE = codeDigest();

/** A data root with a pool of threads, and the operations of a small plan; removed when disposed. */
export class JobRoot implements AsyncDisposable {
  readonly root: string;
  readonly pool: ThreadPool;
  readonly plan: PipelinePlan;
  readonly #results = new Map<string, StageResult>();
  readonly #bundle: ThreadBundle;

  private constructor(root: string, plan: PipelinePlan, pool: ThreadPool, bundle: ThreadBundle) {
    this.root = root;
    this.plan = plan;
    this.pool = pool;
    this.#bundle = bundle;
  }

  /** @param job With stages of the same names, of two shards each, that the methods below run */
  static async open(
    modules: readonly string[] = [],
    job: PipelineDeclaration = JOB,
    kernels: KernelPreference = "auto",
  ): Promise<JobRoot> {
    const root = await Deno.makeTempDir({ prefix: "sluice-job-" });
    const plan = compilePipeline(job, await createCompileContext(root, job));
    const bundle = new ThreadBundle(CODE, Deno.env.toObject()), entry = () => bundle.entry;
    await bundle.make();
    const pool = new ThreadPool({ root, modules, kernels, size: 2, entry });
    return new JobRoot(root, plan, pool, bundle);
  }

  /** What an operation of a stage is given, after those that it depends on. */
  task(name: string): StageTask {
    const stage = this.plan.stages.find((stage) => stage.name === name)!; // names of JOB
    const inputStages = stage.from.map((from) => this.task(from).stage);
    const inputs = stage.from.map((from) => this.#results.get(from)!);
    return { directory: "", base: "", stage, inputs, inputStages, owner: "job", build: "test" };
  }

  /** Runs all shards of a stage, the last one first, and commits it. */
  async runSharded(
    name: "generate" | "validate" | "evaluate" | "evaluate_noisy",
  ): Promise<StageResult> {
    return await this.runShards(name, [1, 0]);
  }

  /** Runs some shards of a stage and commits it without others. */
  async runShards(
    name: "generate" | "validate" | "evaluate" | "evaluate_noisy",
    shards: readonly number[],
    quarantined: readonly QuarantinedShard[] = [],
  ): Promise<StageResult> {
    const task = this.task(name);
    const kind = name === "evaluate_noisy" ? "evaluate" : name;
    await Promise.all(shards.map((shard) => this.pool.run(kind, { ...task, shard })));
    return this.#keep(
      await this.pool.run("commitShards", {
        ...task,
        lastShard: Math.max(...shards),
        ...(quarantined.length === 0 ? {} : { quarantined }),
        cachedShards: 0,
        seconds: 0,
        threadSeconds: 0,
      }),
    );
  }

  async runWhole(name: "merge" | "train", signal?: AbortSignal): Promise<StageResult> {
    const options = signal === undefined ? {} : { signal };
    return this.#keep(await this.pool.run(name, this.task(name), options));
  }

  /** The stages up to the dataset. */
  async makeDataset(): Promise<void> {
    await this.runSharded("generate");
    await this.runSharded("validate");
    await this.runWhole("merge");
  }

  /** All stages of a run that is opened before and closed behind them. @returns What `run.json` says */
  async makeRun(): Promise<RunSummary> {
    const { root, plan } = this;
    const opened = await openRun({
      workflowId: "job",
      firstExecutionRunId: "1",
      plan,
      build: "test",
      rerun: false,
    }, { root });
    await this.makeDataset();
    await this.runWhole("train");
    for (const name of ["evaluate", "evaluate_noisy"] as const) await this.runSharded(name);
    return await this.pool.run("closeRun", {
      ...opened,
      plan,
      build: "test",
      rerun: false,
      workflowId: "job",
      status: "completed",
      error: null,
      stages: [...this.#results.values()],
      seconds: 1,
    });
  }

  /** Absolute path of what a stage commits. */
  directoryOf(name: string): string {
    return join(this.root, this.task(name).stage.directory);
  }

  #keep(result: StageResult): StageResult {
    this.#results.set(result.stage, result);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close();
    await this.#bundle.end();
    await removeAfterThreads(this.root);
  }
}

/** Removes a directory in which a thread that was ended in a call of the system may end it yet. */
async function removeAfterThreads(path: string): Promise<void> {
  for (let tries = 20;; tries--) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
