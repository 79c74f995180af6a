import type { Kernels } from "../kernels/kernels.ts";
import { rangeCheck } from "../kernels/ranges.ts";
import { ADAM_FACTORS, sumGradients, updateWeights } from "./optimizer.ts";
import type { Weight } from "../tape/parameters.ts";
import type { Membership, RecordedMicrobatches } from "./microbatches.ts";

/**
 * Phases of an optimiser step. Within one, threads work on parts that none of the others reads; each
 * phase reads what all of them wrote in the one before. No number depends on who computed it.
 */
export type StepPhase = "microbatches" | "gradients" | "weights";

/** Shared data by which the threads of a step communicate, in addition to the network's memory. */
export interface StepBoard {
  /** `[microbatches]` part of each in the mean loss, of phase `microbatches`. */
  readonly losses: Float64Array;
  /** Factors of phase `weights`. */
  readonly factors: Float64Array;
  /** See {@linkcode TAKEN}. */
  readonly counts: Int32Array;
}

/** Indices of `StepBoard.counts`: microbatches that threads have taken, and that are filled. */
export const TAKEN = 0, FILLED = 1;

/** Creates the shared memory for the messages of a step. */
export function createBoard({ tapes }: RecordedMicrobatches): StepBoard {
  const shared = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));
  return {
    losses: shared(tapes.length),
    factors: shared(ADAM_FACTORS),
    counts: new Int32Array(new SharedArrayBuffer(8)),
  };
}

/** Work of one thread in a step. */
export class StepMember {
  readonly #kernels: Kernels;
  readonly #recorded: RecordedMicrobatches;
  readonly #board: StepBoard;
  readonly #membership: Membership;
  readonly #weights: readonly Weight[];

  constructor(
    kernels: Kernels,
    recorded: RecordedMicrobatches,
    board: StepBoard,
    membership: Membership,
  ) {
    this.#kernels = kernels;
    this.#recorded = recorded;
    this.#board = board;
    this.#membership = membership;
    this.#weights = recorded.block.divide(membership.threads)[membership.member]!;
    // Tapes check theirs.
    const check = rangeCheck(kernels.memory);
    this.#sumGradients(check);
    this.#updateWeights(check);
  }

  /** Does this thread's part of a phase. */
  run(phase: StepPhase): void {
    this.#kernels.verifyThread();
    if (phase === "microbatches") this.#computeMicrobatches();
    else if (phase === "gradients") this.#sumGradients(this.#kernels);
    else this.#updateWeights(this.#kernels);
  }

  /**
   * Computes microbatches until all are taken. Who is first takes the next one, because the thread
   * that leads has more to do.
   */
  #computeMicrobatches(): void {
    const { tapes } = this.#recorded, { counts, losses } = this.#board;
    for (let i; (i = Atomics.add(counts, TAKEN, 1)) < tapes.length;) {
      // Microseconds: to sleep would take longer.
      while (Atomics.load(counts, FILLED) <= i);
      const tape = tapes[i]!;
      tape.forward(this.#kernels);
      tape.backward(this.#kernels);
      losses[i] = tape.loss;
    }
  }

  #sumGradients(kernels: Kernels): void {
    const { block } = this.#recorded, { member, threads } = this.#membership;
    const cut = (part: number): number => Math.floor(part * block.normBlocks / threads);
    sumGradients(kernels, block, [cut(member), cut(member + 1)]);
  }

  #updateWeights(kernels: Kernels): void {
    updateWeights(kernels, this.#recorded.block, this.#weights, this.#board.factors);
  }
}
