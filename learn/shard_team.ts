import { Worker } from "node:worker_threads";
import type { JsonValue } from "../core/canonical.ts";

/** What a thread needs to compute shards: with it, it records the tapes of {@linkcode recordShards}. */
export interface ShardThreadData {
  /** Name of a model that comes with Sluice. */
  readonly model: string;
  readonly config: JsonValue;
  readonly batch: number;
  /** Of the training, shared. */
  readonly memory: WebAssembly.Memory;
  /** Shared; see {@linkcode CONTROL}. */
  readonly control: Int32Array;
  /** `[shards]` shared: the part of each in the mean loss. */
  readonly losses: Float64Array;
  /** This thread computes shards `member`, `member + threads` ... */
  readonly member: number;
  readonly threads: number;
}

/** Words of `ShardThreadData.control`: steps begun, and threads that are still at the present one. */
export const CONTROL = { step: 0, pending: 1 } as const;

/** How long a step may take before its threads count as lost. */
const STEP_MILLISECONDS = 600_000;

/**
 * Threads that compute shards of a step beside the one that asks. They share its memory and write
 * each the gradients of its own shards, so their number changes no bit.
 */
export class ShardTeam {
  readonly #data: Omit<ShardThreadData, "member">;
  readonly #workers: readonly Worker[];

  private constructor(data: Omit<ShardThreadData, "member">, workers: readonly Worker[]) {
    this.#data = data;
    this.#workers = workers;
  }

  /** Starts `threads` − 1 threads and waits until they are ready. */
  static async start(
    training: Pick<ShardThreadData, "model" | "config" | "batch" | "memory" | "threads"> & {
      readonly shards: number;
    },
  ): Promise<ShardTeam> {
    const { shards, ...rest } = training;
    const data: Omit<ShardThreadData, "member"> = {
      ...rest,
      control: new Int32Array(new SharedArrayBuffer(8)),
      losses: new Float64Array(new SharedArrayBuffer(8 * shards)),
    };
    const workers = Array.from({ length: training.threads - 1 }, (_, i) => {
      const workerData: ShardThreadData = { ...data, member: i + 1 };
      return new Worker(new URL("./shard_thread.ts", import.meta.url), { workerData });
    });
    await Promise.all(workers.map((worker) =>
      new Promise<void>((resolve, reject) => {
        worker.once("message", () => resolve());
        worker.once("error", reject);
      })
    ));
    return new ShardTeam(data, workers);
  }

  /**
   * Computes all shards: the first, and every `threads`-th behind it, by `own` in this thread.
   *
   * @param own Computes a shard and returns its part of the loss
   * @returns The loss
   */
  run(own: (shard: number) => number): number {
    const { control, losses, threads } = this.#data;
    Atomics.store(control, CONTROL.pending, threads - 1);
    Atomics.add(control, CONTROL.step, 1);
    Atomics.notify(control, CONTROL.step);
    for (let shard = 0; shard < losses.length; shard += threads) losses[shard] = own(shard);
    for (let pending; (pending = Atomics.load(control, CONTROL.pending)) > 0;) {
      if (Atomics.wait(control, CONTROL.pending, pending, STEP_MILLISECONDS) === "timed-out") {
        throw new Error("Cannot go on training: a thread that computes shards is lost");
      }
    }
    return losses.reduce((sum, loss) => sum + loss, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
