import { Context } from "@temporalio/activity";
import { monotonicMs } from "../core/monotonic.ts";
import { hostOf, slotsOf } from "../core/worker_identity.ts";
import { describeQueue } from "./task_queue.ts";

/** Time for which a count holds (ms). */
const FRESH_MS = 10_000;

/** Time for which a worker counts that does not poll: one with long shards may have no free slot (ms). */
const REMEMBERED_MS = 10 * 60_000;

/** Sum of the slots of workers that were seen lately. */
export class SeenWorkers {
  readonly #seen = new Map<string, number>();

  /** Machines of the workers. */
  get hosts(): readonly string[] {
    return [...new Set([...this.#seen.keys()].map(hostOf))];
  }

  /**
   * Adds workers.
   *
   * @param now Time (ms)
   * @returns Slots of all workers that were seen within ten minutes
   */
  add(identities: readonly string[], now: number): number {
    for (const identity of identities) this.#seen.set(identity, now);
    let slots = 0;
    for (const [identity, seen] of this.#seen) {
      if (now - seen > REMEMBERED_MS) this.#seen.delete(identity);
      else slots += slotsOf(identity);
    }
    return slots;
  }
}

/** A count of the workers of a task queue. */
interface QueueCount {
  readonly workers: SeenWorkers;
  readonly counted: number;
  readonly slots: Promise<number | null>;
}

/** Counts the slots of the workers of the task queues that this worker serves. */
export class SlotCounter {
  readonly #queues = new Map<string, QueueCount>();

  /** The machines whose workers take activities of the current activity's queue. */
  async hosts(): Promise<readonly string[]> {
    const { taskQueue } = Context.current().info;
    await this.count();
    return this.#queues.get(taskQueue)?.workers.hosts ?? [];
  }

  /** The slots of the queue of the current activity, null if the server does not tell. */
  async count(): Promise<number | null> {
    const { info: { taskQueue } } = Context.current(), now = monotonicMs();
    const known = this.#queues.get(taskQueue);
    if (known !== undefined && now - known.counted < FRESH_MS) return await known.slots;
    const workers = known?.workers ?? new SeenWorkers();
    const slots = countPollers(taskQueue, workers);
    this.#queues.set(taskQueue, { workers, counted: now, slots });
    return await slots;
  }
}

async function countPollers(name: string, workers: SeenWorkers): Promise<number | null> {
  try {
    const { pollers } = await describeQueue(Context.current().client, name, "activity");
    const identities = (pollers ?? []).flatMap(({ identity }) => identity ?? []);
    return workers.add(identities, monotonicMs());
  } catch {
    return null; // the window stays as it is
  }
}
