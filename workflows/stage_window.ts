/**
 * The window of a sharded stage: how many shards are in progress at a time. It follows the slots of
 * the workers, so that a thousand of them have work and two do not hold a queue that other stages
 * wait behind. No effects: workflows ask and tell.
 */

/**
 * Shards that a stage executes itself. Further ones go to workflows of ranges, so that no history
 * grows with the dataset.
 */
export const DIRECT_SHARDS = 200;

/** Most shards of one range: about 6,000 events. */
const RANGE_SHARDS = 1000;

/** Most bytes of the tasks of one range: a declared environment is part of each. */
const RANGE_BYTES = 5e6;

/** Reports from the ranges of a stage, each of which adds a few events to the stage's history. */
const REPORTS = 200;

/** Most shards in progress in one workflow: a Temporal server refuses the 2,001st activity. */
const MOST = 1500;

/** Share of the slots, beyond all of them, whose shards wait at the server: no slot waits for us. */
const WAITING = 0.25;

/** Counts of slots that the window remembers: one worker may have missed others. */
const COUNTS = 32;

/** Facts about a stage from which its window follows. */
export interface WindowOptions {
  /** Least size, also where nobody has counted slots yet. */
  readonly least: number;
  /** Slots of all workers, null if unknown. */
  readonly slots: number | null;
  /** Stages, or chains of them, that share the slots. */
  readonly rivals: number;
}

/** Computes the shards that may be in progress at a time. */
export function windowSize({ least, slots, rivals }: WindowOptions): number {
  const wanted = slots === null ? 0 : Math.ceil(slots * (1 + WAITING) / rivals);
  return Math.min(MOST, Math.max(least, wanted));
}

/** Shards of one range, for tasks of so many bytes. */
export function rangeSize(taskBytes: number): number {
  return Math.max(16, Math.min(RANGE_SHARDS, Math.floor(RANGE_BYTES / taskBytes)));
}

/** Shards in one report from a range to its stage. */
export function reportSize(shardsTotal: number): number {
  return Math.ceil(shardsTotal / REPORTS);
}

/** The window as it follows the counts of slots that come with the results of shards. */
export class StageWindow {
  readonly #options: Omit<WindowOptions, "slots">;
  /** The latest counts; the largest of them holds. */
  readonly #counts: number[] = [];

  constructor({ slots, ...options }: WindowOptions) {
    this.#options = options;
    this.learn(slots);
  }

  /** Slots of all workers, null if nobody has counted them. */
  get slots(): number | null {
    return this.#counts.length === 0 ? null : Math.max(...this.#counts);
  }

  get size(): number {
    return windowSize({ ...this.#options, slots: this.slots });
  }

  /** Takes a count of the slots. */
  learn(slots: number | null | undefined): void {
    if (slots === null || slots === undefined) return;
    this.#counts.push(slots);
    if (this.#counts.length > COUNTS) this.#counts.shift();
  }
}

interface RangeBookEntry {
  readonly given: number;
  done: number;
  /** Whether its last shard has begun. */
  isDrained: boolean;
}

/** The ranges of a stage that are in progress. */
export class RangeBook {
  readonly #ranges = new Map<string, RangeBookEntry>();
  readonly #batch: number;

  /** @param batch Shards in one report */
  constructor(batch: number) {
    this.#batch = batch;
  }

  get names(): readonly string[] {
    return [...this.#ranges.keys()];
  }

  /** Shards that were given to ranges and not reported as done. */
  get underWay(): number {
    let underWay = 0;
    for (const { given, done } of this.#ranges.values()) underWay += given - done;
    return underWay;
  }

  /**
   * Returns whether another range may begin: the last shard of the others has begun, so slots would
   * soon be without work. Two windows may be in progress for a while; reports come late.
   */
  hasRoom(window: number): boolean {
    const ranges = [...this.#ranges.values()];
    const late = ranges.length * this.#batch;
    return ranges.every(({ isDrained }) => isDrained) && this.underWay <= window + late;
  }

  begin(name: string, given: number): void {
    this.#ranges.set(name, { given, done: 0, isDrained: false });
  }

  /** Takes a report; one of a range that is not in progress counts for nothing. */
  report(name: string, done: number, isDrained: boolean): void {
    const range = this.#ranges.get(name);
    if (range === undefined) return;
    range.done += done;
    range.isDrained ||= isDrained;
  }

  end(name: string): void {
    this.#ranges.delete(name);
  }
}

/** Shards that tell how long one takes. */
const SAMPLE = 3;

/** Multiple of the mean time after which a shard is a straggler; of 10,000 log-normal ones (σ 0.3), one is. */
const STRAGGLER = 3;

/** Least age of a straggler: seconds of a busy machine say nothing (ms). */
const STRAGGLER_LEAST = 10_000;

/**
 * Age at which a shard in progress counts as a straggler.
 *
 * @param done Number of shards that are done
 * @param elapsed Sum of their times (ms)
 * @returns Null if too few are done
 */
export function stragglerAge(done: number, elapsed: number): number | null {
  return done < SAMPLE ? null : Math.max(STRAGGLER_LEAST, STRAGGLER * elapsed / done);
}
