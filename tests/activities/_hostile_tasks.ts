import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Client } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import { DefaultLogger } from "@temporalio/worker/lib/logger.js";
import { MockActivityEnvironment } from "@temporalio/testing";
import { createActivities, ThreadPool } from "../../activities/mod.ts";
import type { Activities, StageResult } from "../../activities/types.ts";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { SluiceError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import { compilePipeline, definePipeline, type PipelinePlan } from "../../pipelines/mod.ts";
import { mutate } from "./_mutations.ts";

/** A small job with stages of the kinds that need no large model. */
const JOB = definePipeline({
  name: "job",
  seed: 3,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 4, shard: 2, maxSteps: 20 },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter" },
    train: { kind: "train", from: "merge", model: "bc", steps: 4, batch: 8, hidden: [8] },
    evaluate: { kind: "evaluate", from: "train", episodes: 2, shard: 2, maxSteps: 20 },
  },
});

const BUILD = "b".repeat(64);

/** Every refusal would be a warning with its trace. */
const SILENT = new DefaultLogger("ERROR");

/** Nobody hears how far activities are. */
const DEAF = {
  withAbortSignal: (_: AbortSignal, work: () => Promise<unknown>) => work(),
  workflow: { getHandle: () => ({ signal: () => Promise.resolve() }) },
} as unknown as Client; // all that they ask of it

type Activity = (task: unknown) => Promise<unknown>;

/** The kinds of stage among them. */
type ActivityName = string;

/** What came of a hostile task. */
export interface HostileOutcome {
  readonly activity: ActivityName;
  /** Whether the activity did its work. */
  readonly accepted: boolean;
  /** What was wrong, null where all is well: an unforeseen error, or something written outside. */
  readonly unforeseen: string | null;
  readonly outside: string | null;
  readonly seconds: number;
}

/** A data root beside files of someone else's, and activities of a worker on it. */
export class HostileRoot implements AsyncDisposable {
  readonly #folder: string;
  readonly #pool: ThreadPool;
  readonly #activities: Activities;
  readonly #plan: PipelinePlan;
  /** A task of each activity that it takes. */
  readonly #tasks = new Map<ActivityName, unknown>();
  readonly #outside: string;

  private constructor(
    folder: string,
    plan: PipelinePlan,
    context: Parameters<typeof createActivities>[0]["context"],
  ) {
    this.#folder = folder;
    this.#plan = plan;
    this.#pool = new ThreadPool({ root: this.root, modules: [], size: 2 });
    this.#activities = createActivities({
      root: this.root,
      build: BUILD,
      pool: this.#pool,
      context,
    });
    fs.writeFileSync(join(folder, "outside", "victim.txt"), "someone else's");
    fs.mkdirSync(join(folder, "outside", "folder"));
    this.#outside = this.#treeOutside();
  }

  get root(): string {
    return join(this.#folder, "root");
  }

  /** Makes the root and carries the job out in it, by the activities alone. */
  static async open(): Promise<HostileRoot> {
    const folder = await Deno.makeTempDir({ prefix: "sluice-hostile-" });
    fs.mkdirSync(join(folder, "root"));
    fs.mkdirSync(join(folder, "outside"));
    const context = await createCompileContext(join(folder, "root"), JOB);
    const opened = new HostileRoot(folder, compilePipeline(JOB, context), context);
    await opened.#execute();
    return opened;
  }

  async #execute(): Promise<void> {
    const workflow = { workflowId: "job", firstExecutionRunId: "first", rerun: false };
    const opened = await this.#perform("openRun", { ...workflow, plan: this.#plan, build: BUILD });
    const { directory, base } = opened as { readonly directory: string; readonly base: string };
    const plans = new Map(this.#plan.stages.map((stage) => [stage.name, stage]));
    const results = new Map<string, StageResult>();
    for (const stage of this.#plan.stages) {
      const task = {
        directory,
        base,
        stage,
        inputs: stage.from.map((name) => results.get(name)),
        inputStages: stage.from.map((name) => plans.get(name)),
        owner: "job",
        build: BUILD,
      };
      await this.#perform("findStage", task);
      const sharded = stage.chain !== undefined || stage.shards !== undefined;
      const count = stage.shards ?? 2;
      if (!sharded) results.set(stage.name, await this.#perform(stage.kind, task) as StageResult);
      else {
        for (let shard = 0; shard < count; shard++) {
          await this.#perform(stage.kind, { ...task, shard });
        }
        const commit = {
          ...task,
          lastShard: count - 1,
          cachedShards: 0,
          seconds: 0,
          threadSeconds: 0,
        };
        results.set(stage.name, await this.#perform("commitShards", commit) as StageResult);
      }
    }
    await this.#perform("closeRun", {
      run: 1,
      directory,
      base,
      plan: this.#plan,
      status: "completed",
      error: null,
      stages: [...results.values()],
      seconds: 1,
      workflowId: "job",
      build: BUILD,
      rerun: false,
    });
    // Those of no stage of the job refuse it for its kind, or for what was made of it.
    for (const name of Object.keys(this.#activities)) {
      if (!this.#tasks.has(name)) this.#tasks.set(name, this.#tasks.get("train"));
    }
  }

  async #perform(name: ActivityName, task: unknown): Promise<unknown> {
    const result = await this.#call(name, task);
    this.#tasks.set(name, task);
    return result;
  }

  #call(name: ActivityName, task: unknown): Promise<unknown> {
    // It is to check what it is given.
    const activities = this.#activities as unknown as Readonly<Record<string, Activity>>;
    const activity = activities[name]!;
    // As it comes over the network.
    return new MockActivityEnvironment({}, { logger: SILENT, client: DEAF }).run(
      activity,
      JSON.parse(JSON.stringify(task ?? null)),
    );
  }

  /** Feeds one hostile task to an activity; each activity in turn. */
  async feed(seed: number, index: number): Promise<HostileOutcome> {
    const random = createRandom(seed, "hostile", index);
    const names = [...this.#tasks.keys()], activity = names[index % names.length]!;
    let task = this.#tasks.get(activity);
    for (let count = 1 + random.integer(3); count > 0; count--) task = mutate(task, random);
    return await this.#watch(activity, task);
  }

  /** Puts a link in the way of an activity's work, as an owner of the root might, and runs it. */
  async feedLink(seed: number, index: number): Promise<HostileOutcome> {
    const random = createRandom(seed, "link", index);
    const names = [...this.#tasks.keys()], activity = names[index % names.length]!;
    const places = this.#placesInRoot(), place = places[random.integer(places.length)]!;
    const isDirectory = fs.statSync(place).isDirectory(), aside = join(this.#folder, "aside");
    fs.renameSync(place, aside);
    try {
      const target = isDirectory
        ? "folder"
        : random.integer(2) === 0
        ? "victim.txt"
        : "nowhere.txt";
      fs.symlinkSync(join(this.#folder, "outside", target), place);
      return await this.#watch(activity, this.#tasks.get(activity));
    } finally {
      fs.rmSync(place, { recursive: true, force: true });
      fs.mkdirSync(dirname(place), { recursive: true });
      fs.renameSync(aside, place);
    }
  }

  async #watch(activity: ActivityName, task: unknown): Promise<HostileOutcome> {
    const started = performance.now();
    const outcome = { activity, accepted: false, unforeseen: null as string | null };
    try {
      await this.#call(activity, task);
      outcome.accepted = true;
    } catch (error) {
      if (
        error instanceof SluiceError ||
        error instanceof ApplicationFailure && error.type === "StageBusyError"
      ) {
        const isClear = /^Cannot .{1,3000}$/su.test(String(error.message));
        if (!isClear) outcome.unforeseen = `says ${error.message}`;
      } else outcome.unforeseen = error instanceof Error ? String(error.stack) : String(error);
    }
    return {
      ...outcome,
      outside: this.#faultOutside() ?? this.#faultInside(),
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Every file and directory of the root. */
  #placesInRoot(): string[] {
    return fs.readdirSync(this.root, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isSymbolicLink())
      .map(({ parentPath, name }) => join(parentPath, name));
  }

  /** What lies beside the root, with its bytes. */
  #treeOutside(): string {
    const folder = join(this.#folder, "outside");
    const beside = fs.readdirSync(this.#folder).filter((name) => name !== "aside").sort();
    const inside = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name)).sort().map((path) => {
        const stat = fs.lstatSync(path);
        const bytes = stat.isFile() ? fs.readFileSync(path) : "";
        return `${path} ${stat.mode} ${createHash("sha256").update(bytes).digest("hex")}`;
      });
    return [...beside, ...inside].join("\n");
  }

  #faultOutside(): string | null {
    const found = this.#treeOutside();
    return found === this.#outside ? null : `outside of the root: ${found}`;
  }

  /** What no task may make within the root: other names, and links that lead out. */
  #faultInside(): string | null {
    const planned =
      /^(?:stages(?:\/[a-z]+-[0-9a-f]{12})?|runs(?:\/[a-z][a-z0-9_-]*(?:\/(?:\d{4,}|latest))?)?|reruns(?:\/.*)?)$/;
    for (const parent of ["", "stages", "runs", ...this.#runFolders()]) {
      for (const name of fs.readdirSync(join(this.root, parent))) {
        const place = join(parent, name);
        if (!planned.test(place) && !/\.tmp$/.test(name)) return `in the root: ${place}`;
      }
    }
    return null;
  }

  #runFolders(): string[] {
    const runs = join(this.root, "runs");
    return fs.readdirSync(runs, { withFileTypes: true }).filter((entry) => entry.isDirectory())
      .map(({ name }) => relative(this.root, join(runs, name)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
