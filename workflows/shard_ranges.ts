import {
  getExternalWorkflowHandle,
  ParentClosePolicy,
  type SignalDefinition,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import { WORKFLOW_TASK_TIMEOUT } from "./run_options.ts";
import { shardRange } from "./shard_range.ts";
import { countResults } from "./shard_results.ts";
import { SignalOrder } from "./signal_order.ts";
import { RangeBook, rangeSize, reportSize } from "./stage_window.ts";
import type { RangeReport, ShardedStageInput, ShardRange, ShardRangeInput } from "./types.ts";

/** The ranges of a stage with many shards, each a workflow of its own. */
export class ShardRanges {
  readonly #input: ShardedStageInput;
  readonly #batch: number;
  readonly #book: RangeBook;
  readonly #order = new SignalOrder();
  /** When each of the ranges in progress can be signalled. */
  readonly #started = new Map<string, Promise<unknown>>();
  #failure: { readonly error: unknown } | null = null;

  /** Number of shards that a range takes at most. */
  readonly size: number;

  constructor(input: ShardedStageInput, shardsTotal: number) {
    this.#input = input;
    this.#batch = reportSize(shardsTotal);
    this.#book = new RangeBook(this.#batch);
    this.size = rangeSize(JSON.stringify(input.task).length);
  }

  get isEmpty(): boolean {
    return this.#book.names.length === 0;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** @throws The first failure, if there was one */
  throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Whether another range may begin, beside a window of so many shards. */
  hasRoom(window: number): boolean {
    return this.#book.hasRoom(window);
  }

  /** Begins a range. */
  async begin(
    shards: readonly ShardRange[],
    state: Pick<ShardRangeInput, "shardsTotal" | "slots" | "paused">,
  ): Promise<void> {
    const { upstream: _, resume: __, firstBegun: ___, ...common } = this.#input;
    const { workflowId, typedSearchAttributes } = workflowInfo();
    const name = `shards-${shards[0]![0]}`; // no range is empty
    const count = shards.reduce((sum, [first, end]) => sum + end - first, 0);
    this.#book.begin(name, count);
    const started = startChild(shardRange, {
      workflowId: `${workflowId}/${name}`,
      staticSummary: `${count} shards of ${this.#input.task.stage.name}`,
      typedSearchAttributes,
      cancellationType: "WAIT_CANCELLATION_COMPLETED",
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowExecutionTimeout: "60 days",
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      args: [{ ...common, ...state, name, shards, batch: this.#batch }],
    });
    this.#started.set(name, started);
    this.#follow(name, (await started).result());
  }

  /** Takes the report of a range. */
  receive(report: RangeReport): void {
    this.#book.report(report.range, countResults(report), report.isDrained);
  }

  /**
   * Signals the ranges in progress, those that are starting as soon as they can be; one that has ended
   * needs to know nothing more.
   */
  async signal<Args extends unknown[]>(
    signal: SignalDefinition<Args>,
    ...args: Args
  ): Promise<void> {
    const { workflowId } = workflowInfo();
    await this.#order.send(() =>
      Promise.allSettled(this.#book.names.map(async (name) => {
        await this.#started.get(name);
        await getExternalWorkflowHandle(`${workflowId}/${name}`).signal(signal, ...args);
      }))
    );
  }

  async #follow(name: string, result: Promise<void>): Promise<void> {
    try {
      await result;
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#book.end(name);
      this.#started.delete(name);
    }
  }
}
