import { Arena } from "./arena.ts";
import type { Network } from "./model.ts";
import { ParameterBlock } from "./parameters.ts";
import { Tape } from "./tape.ts";

/**
 * Rows of one shard of a batch. Gradients are computed shard by shard and summed in the order of
 * the shards: a number of the algorithm, not of the machine.
 */
const SHARD_ROWS = 64;

/** Weights and tapes of the shards of a batch. */
export interface RecordedShards {
  readonly arena: Arena;
  readonly block: ParameterBlock;
  readonly tapes: readonly Tape[];
}

/** Records the shards of a batch: at the same addresses in every thread that does it. */
export function recordShards(network: Network, batch: number): RecordedShards {
  const arena = new Arena(), counts = cutIntoShards(batch);
  const block = new ParameterBlock(arena, network.weights, counts.length);
  const tapes = counts.map((rows, shard) => {
    const tape = new Tape(arena, block, { rows, batch, shard });
    network.recordLoss(tape);
    tape.finish();
    return tape;
  });
  return { arena, block, tapes };
}

/** Rows of each shard; all but the last have the same. */
export function cutIntoShards(rows: number): readonly number[] {
  const counts: number[] = [];
  for (let first = 0; first < rows; first += SHARD_ROWS) {
    counts.push(Math.min(SHARD_ROWS, rows - first));
  }
  return counts;
}

/** First row of a shard. */
export function firstRow(shard: number): number {
  return shard * SHARD_ROWS;
}
