import { Arena } from "../tape/arena.ts";
import type { Network } from "../model.ts";
import { ParameterBlock } from "../tape/parameters.ts";
import { Tape } from "../tape/tape.ts";

/**
 * Rows of one microbatch of a batch. Gradients are computed microbatch by microbatch and summed in
 * their order: a number of the algorithm, not of the machine.
 */
const MICROBATCH_ROWS = 64;

/** Place of a thread among those that share a step; the thread that leads is 0. */
export interface Membership {
  readonly member: number;
  readonly threads: number;
}

/** Weights and tapes of the microbatches of a batch. */
export interface RecordedMicrobatches {
  readonly arena: Arena;
  readonly block: ParameterBlock;
  readonly tapes: readonly Tape[];
}

/**
 * Records the microbatches of a batch. Weights, gradients and inputs have the same addresses in every
 * thread that does it. What a microbatch computes is needed only until its gradients are there, so the
 * microbatches of a thread share the room for it: the less there is, the more of it stays in the cache.
 */
export function recordMicrobatches(
  network: Network,
  batch: number,
  { member, threads }: Membership,
): RecordedMicrobatches {
  const counts = cutIntoMicrobatches(batch);
  const record = (arenas: TapeArenas, rows: number, microbatch: number): Tape => {
    const { buffers, inputs, block } = arenas;
    const tape = new Tape(buffers, block, { rows, batch, microbatch, inputs });
    network.recordLoss(tape);
    tape.finish();
    return tape;
  };
  const createBlock = (arena: Arena) => new ParameterBlock(arena, network.weights, counts.length);
  const arena = new Arena(), block = createBlock(arena), rooms = new Map<number, number>();
  for (const rows of new Set(counts)) {
    const buffers = new Arena(), inputs = new Arena();
    record({ buffers, inputs, block: createBlock(inputs) }, rows, 0);
    const places = Array.from({ length: threads }, () => arena.allocate(buffers.bytes / 4));
    rooms.set(rows, places[member]!);
  }
  const tapes = counts.map((rows, microbatch) =>
    record({ buffers: new Arena(rooms.get(rows)), inputs: arena, block }, rows, microbatch)
  );
  return { arena, block, tapes };
}

/** Arenas of the buffers and inputs of a tape, and its weights. */
interface TapeArenas {
  readonly buffers: Arena;
  readonly inputs: Arena;
  readonly block: ParameterBlock;
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
