import { ApplicationFailure } from "@temporalio/common";
import { compilePipeline, listKinds, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { CONTEXT } from "../pipelines/_context.ts";
import type {
  Activities,
  CloseRunTask,
  CommitTask,
  FindShardsTask,
  FoundShards,
  RunSummary,
  ShardResult,
  ShardTask,
  StageResult,
  StageTask,
} from "../../activities/types.ts";

export interface FakeOptions {
  /** Which candidates the checks behind `generate` accept; all where absent. */
  readonly accepts?: (candidate: number) => boolean;
  /** Shards that end their workers, by kind and number: `generate 3`. */
  readonly quarantines?: readonly string[];
  /** Called before each activity; may wait or throw. */
  readonly before?: (name: string, task: StageTask) => Promise<void> | void;
  /** Slots that the workers are said to have; unknown where absent. */
  readonly slots?: number;
}

/** Activities on a `Map`: what they write is there at once and kept, as on disk. */
export class FakeActivities {
  readonly #options: FakeOptions;
  readonly #shards = new Map<string, ShardResult>();
  readonly #stages = new Map<string, StageResult>();
  /** Names of shards in the order in which they were written: `generate 3`. */
  readonly written: string[] = [];
  readonly commits = new Map<string, CommitTask>();
  readonly closed: CloseRunTask[] = [];
  /** Activities that were called, other than those of whole stages, by name. */
  readonly calls = new Map<string, number>();

  constructor(options: FakeOptions = {}) {
    this.#options = options;
  }

  /** What a worker registers. */
  get activities(): Activities {
    return {
      openRun: ({ plan }) =>
        Promise.resolve({ run: 1, directory: `runs/${plan.name}/0001`, base: "" }),
      closeRun: (task) => Promise.resolve(this.#close(task)),
      findStage: (task) => Promise.resolve(this.#stages.get(task.stage.commit) ?? null),
      findShards: (task) => Promise.resolve(this.#findShards(task)),
      countSlots: () => Promise.resolve(this.#options.slots ?? null),
      commitShards: (task) => this.#commit("commitShards", task, task),
      ...Object.fromEntries(
        listKinds().map(({ kind, work }) => [
          kind,
          work.shape === "sharded"
            ? (task: ShardTask) => this.#shard(kind, task)
            : (task: StageTask) => this.#commit(kind, task, null),
        ]),
      ),
    };
  }

  /** Stores the first shards of every sharded stage of a pipeline. */
  store(declaration: PipelineDeclaration, count: number): void {
    for (const stage of compilePipeline(declaration, CONTEXT).stages) {
      if (stage.chain === undefined) continue;
      for (let shard = 0; shard < count; shard++) {
        this.#shards.set(`${stage.key} ${shard}`, this.#result({ stage, shard }));
      }
    }
  }

  #findShards({ stage, first, end }: FindShardsTask): FoundShards {
    this.#count("findShards");
    const found = Array.from(
      { length: end - first },
      (_, index) => this.#shards.get(`${stage.key} ${first + index}`),
    );
    const results = found.flatMap((result) => result ?? []);
    const sum = (field: "candidates" | "accepted" | "steps" | "successes") =>
      results.reduce((total, result) => total + result[field], 0);
    return {
      accepted: found.map((result) => result?.accepted ?? null),
      totals: {
        candidates: sum("candidates"),
        accepted: sum("accepted"),
        steps: sum("steps"),
        successes: sum("successes"),
        reasons: {},
      },
    };
  }

  #count(name: string): void {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
  }

  async #shard(name: string, task: ShardTask): Promise<ShardResult> {
    this.#count(name);
    await this.#options.before?.(name, task);
    if (this.#options.quarantines?.includes(`${name} ${task.shard}`)) throw quarantine();
    const id = `${task.stage.key} ${task.shard}`;
    const stored = this.#shards.get(id);
    if (stored) return { ...stored, cached: true };
    const { slots } = this.#options;
    const result = { ...this.#result(task), ...(slots === undefined ? {} : { slots }) };
    this.#shards.set(id, result);
    this.written.push(`${task.stage.name} ${task.shard}`);
    return result;
  }

  #result({ shard, stage }: Pick<ShardTask, "shard" | "stage">): ShardResult {
    const size = stage.chain?.shard ?? 32;
    const checked = stage.kind === "validate" || stage.kind === "filter";
    const accepts = checked ? this.#options.accepts ?? (() => true) : () => true;
    const accepted =
      Array.from({ length: size }, (_, i) => shard * size + i).filter(accepts).length;
    return {
      shard,
      candidates: size,
      accepted,
      steps: size * 10,
      successes: accepted,
      reasons: accepted === size ? {} : { unstable: size - accepted },
      cached: false,
      seconds: 0,
    };
  }

  async #commit(
    name: string,
    task: StageTask,
    commit: CommitTask | null,
  ): Promise<StageResult> {
    await this.#options.before?.(name, task);
    const { stage } = task;
    if (commit) this.commits.set(stage.name, commit);
    const result: StageResult = {
      stage: stage.name,
      kind: stage.kind,
      key: stage.key,
      digest: `digest of ${stage.manifestKey}`,
      path: stage.commit,
      cached: false,
      resumedFrom: null,
      seconds: 0,
      counts: commit ? { shards: commit.lastShard + 1 } : {},
      metrics: {},
    };
    this.#stages.set(stage.commit, { ...result, cached: true });
    return result;
  }

  #close(task: CloseRunTask): RunSummary {
    this.closed.push(task);
    const { plan, run, directory, status, seconds, stages, error } = task;
    return {
      pipeline: plan.name,
      run,
      status,
      digest: plan.digest,
      directory,
      seconds,
      ...(error === null ? {} : { error }),
      stages: Object.fromEntries(stages.map(({ stage, ...result }) => [stage, result])),
    };
  }
}

/** Reason of a shard that a {@linkcode FakeActivities} quarantines. */
export const REASON = "3 workers died of it";

function quarantine(): ApplicationFailure {
  return ApplicationFailure.create({
    type: "QuarantinedShardError",
    message: "Cannot compute a shard",
    nonRetryable: true,
    details: [REASON],
  });
}
