import { CancellationScope, sleep } from "@temporalio/workflow";
import type { ShardResult, StageTask } from "../activities/types.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import { replayedTime } from "./clock.ts";
import { quarantinedBy } from "./quarantine.ts";
import { threadActivities } from "./stage_activities.ts";
import { type StageWindow, stragglerAge } from "./stage_window.ts";
import type { Queues } from "./types.ts";

/** Setting of {@linkcode ShardsInProgress}. */
export interface ShardsSetup {
  readonly task: StageTask;
  readonly queues: Queues;
  readonly window: StageWindow;
  /** Receives each result, once a shard. */
  readonly onDone: (result: ShardResult) => void;
  /** Receives each shard without which the stage goes on. */
  readonly onQuarantined: (shard: QuarantinedShard) => void;
}

/** A shard in progress. */
interface CurrentShard {
  readonly shard: number;
  readonly summary: string;
  /** Start in ms of the workflow's clock. */
  readonly begun: number;
  /** One for each activity that computes it. */
  readonly scopes: CancellationScope[];
}

/** The shards that one workflow has in progress, each an activity, or two for a straggler. */
export class ShardsInProgress {
  readonly #setup: ShardsSetup;
  readonly #activities: ReturnType<typeof threadActivities>;
  readonly #current = new Map<number, CurrentShard>();
  #failure: { readonly error: unknown } | null = null;
  #done = 0;
  /** Sum of the times from the beginning of a shard to its result (ms). */
  #elapsed = 0;
  #isWatching = false;

  constructor(setup: ShardsSetup) {
    this.#setup = setup;
    this.#activities = threadActivities(setup.queues, setup.task.stage.work);
  }

  get underWay(): number {
    return this.#current.size;
  }

  /** Whether another shard may begin. */
  get hasRoom(): boolean {
    return this.underWay < this.#setup.window.size;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** @throws The first failure, if there was one */
  throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Begins a shard. */
  begin(shard: number, summary: string): void {
    const current = { shard, summary, begun: replayedTime(), scopes: [] };
    this.#current.set(shard, current);
    this.#compute(current);
  }

  /**
   * Begins a second copy of shards that take far longer than others, on slots that would have nothing
   * to do. To be called when no shard is left to begin; a timer looks again. Both copies write the
   * same bytes, and the first result counts.
   */
  copyStragglers(): void {
    const { slots } = this.#setup.window, age = stragglerAge(this.#done, this.#elapsed);
    if (age === null || slots === null || this.#isWatching) return;
    let idle = slots - this.underWay, next = Infinity;
    for (const current of this.#current.values()) {
      if (idle <= 0) return;
      if (current.scopes.length > 1) continue;
      const left = current.begun + age - replayedTime();
      if (left > 0) next = Math.min(next, left);
      else {
        idle--;
        this.#compute(current, `${current.summary}, once more`);
      }
    }
    if (next < Infinity) this.#watch(next);
  }

  async #watch(ms: number): Promise<void> {
    this.#isWatching = true;
    await sleep(ms).catch(() => {}); // a stage that is cancelled has no stragglers
    this.#isWatching = false;
    if (!CancellationScope.current().consideredCancelled) this.copyStragglers();
  }

  async #compute(current: CurrentShard, summary = current.summary): Promise<void> {
    const { task, window, onDone, onQuarantined } = this.#setup, scope = new CancellationScope();
    const { shard } = current;
    current.scopes.push(scope);
    const isOver = () => this.#current.get(shard) !== current;
    try {
      const activity = this.#activities.shards[task.stage.kind]!;
      const result = await scope.run(() =>
        activity.executeWithOptions({ summary }, [{ ...task, shard }])
      );
      if (isOver()) return;
      this.#end(current, scope);
      this.#done++;
      this.#elapsed += replayedTime() - current.begun;
      window.learn(result.slots);
      onDone(result);
    } catch (error) {
      if (isOver()) return; // the slower copy was cancelled
      this.#end(current, scope);
      const quarantined = quarantinedBy(error, task.stage, shard);
      if (quarantined === null) this.#failure ??= { error };
      else onQuarantined(quarantined);
    }
  }

  /** Ends a shard by the first copy that tells how it went, and cancels the other one. */
  #end({ shard, scopes }: CurrentShard, first: CancellationScope): void {
    this.#current.delete(shard);
    for (const other of scopes) if (other !== first) other.cancel();
  }
}
