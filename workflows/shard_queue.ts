import type { ShardRange } from "./types.ts";

/** Shards that may begin, in their order. In ranges, because a stage may have millions of them. */
export class ShardQueue {
  #ranges: ShardRange[];
  #size: number;

  constructor(ranges: readonly ShardRange[] = []) {
    this.#ranges = [...ranges];
    this.#size = ranges.reduce((sum, [first, end]) => sum + end - first, 0);
  }

  get ranges(): readonly ShardRange[] {
    return this.#ranges;
  }

  /** Number of shards in the queue. */
  get size(): number {
    return this.#size;
  }

  /** Adds shards at the end. */
  add([first, end]: ShardRange): void {
    if (first >= end) return;
    const last = this.#ranges.at(-1);
    if (last?.[1] === first) this.#ranges[this.#ranges.length - 1] = [last[0], end];
    else this.#ranges.push([first, end]);
    this.#size += end - first;
  }

  /** Removes the first shard, undefined if there is none. */
  take(): number | undefined {
    return this.takeMany(1)[0]?.[0];
  }

  /** Removes the first shards, at most `count` of them. */
  takeMany(count: number): ShardRange[] {
    const taken = new ShardQueue();
    while (taken.size < count && this.#ranges.length > 0) {
      const [first, end] = this.#ranges.shift()!; // the loop checks that there is one
      const middle = Math.min(end, first + count - taken.size);
      taken.add([first, middle]);
      if (middle < end) this.#ranges.unshift([middle, end]);
    }
    this.#size -= taken.size;
    return [...taken.ranges];
  }

  /** Removes shards that a predicate names, wherever they are. @returns The removed ones */
  remove(isRemoved: (shard: number) => boolean): readonly ShardRange[] {
    const kept = new ShardQueue(), removed = new ShardQueue();
    for (const [first, end] of this.#ranges) {
      for (let shard = first; shard < end; shard++) {
        (isRemoved(shard) ? removed : kept).add([shard, shard + 1]);
      }
    }
    this.#ranges = kept.#ranges;
    this.#size = kept.size;
    return removed.ranges;
  }

  /** Removes what comes after `lastShard` in the numbering. */
  stop(lastShard: number): void {
    this.#ranges = this.#ranges
      .map(([first, end]) => [first, Math.min(end, lastShard + 1)] as const)
      .filter(([first, end]) => first < end);
    this.#size = this.#ranges.reduce((sum, [first, end]) => sum + end - first, 0);
  }
}
