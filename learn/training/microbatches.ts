import { Arena } from "../tape/arena.ts";
import type { Network } from "../model.ts";
import { ParameterBlock } from "../tape/parameters.ts";
import { Tape } from "../tape/tape.ts";

/**
 * Rows of one microbatch of a batch. Gradients are computed microbatch by microbatch and summed in
 * their order: a number of the algorithm, not of the machine.
 */
const MICROBATCH_ROWS = 64;

/** Weights and tapes of the microbatches of a batch. */
export interface RecordedMicrobatches {
  readonly arena: Arena;
  readonly block: ParameterBlock;
  readonly tapes: readonly Tape[];
}

/** Records the microbatches of a batch: at the same addresses in every thread that does it. */
export function recordMicrobatches(network: Network, batch: number): RecordedMicrobatches {
  const arena = new Arena(), counts = cutIntoMicrobatches(batch);
  const block = new ParameterBlock(arena, network.weights, counts.length);
  const tapes = counts.map((rows, microbatch) => {
    const tape = new Tape(arena, block, { rows, batch, microbatch });
    network.recordLoss(tape);
    tape.finish();
    return tape;
  });
  return { arena, block, tapes };
}

/** Rows of each microbatch; all but the last have the same. */
export function cutIntoMicrobatches(rows: number): readonly number[] {
  const counts: number[] = [];
  for (let first = 0; first < rows; first += MICROBATCH_ROWS) {
    counts.push(Math.min(MICROBATCH_ROWS, rows - first));
  }
  return counts;
}

/** First row of a microbatch. */
export function firstRow(microbatch: number): number {
  return microbatch * MICROBATCH_ROWS;
}
