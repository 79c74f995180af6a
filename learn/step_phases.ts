import type { Kernels } from "./kernel_module.ts";
import { ADAM_FACTORS, countNormBlocks, sumGradients, updateWeights } from "./optimizer.ts";
import type { Weight } from "./parameters.ts";
import type { RecordedShards } from "./shards.ts";

/**
 * Phases of an optimiser step. Within one, threads work on parts that none of the others reads; each
 * phase reads what all of them wrote in the one before. No number depends on who computed it.
 */
export type StepPhase = "shards" | "gradients" | "weights";

/** What threads of a step tell one another beside the network's memory; all of it is shared. */
export interface StepBoard {
  /** `[shards]` part of each in the mean loss, of phase `shards`. */
  readonly losses: Float64Array;
  /** Squares of the gradient by block, of phase `gradients`. */
  readonly squares: Float64Array;
  /** What phase `weights` multiplies by. */
  readonly factors: Float64Array;
}

/** Room for what is told of a step. */
export function createBoard({ block, tapes }: RecordedShards): StepBoard {
  const shared = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));
  return {
    losses: shared(tapes.length),
    squares: shared(countNormBlocks(block)),
    factors: shared(ADAM_FACTORS),
  };
}

/** Which of how many threads; the thread that leads is 0. */
export interface Membership {
  readonly member: number;
  readonly threads: number;
}

/** What one thread does of a step. */
export class StepMember {
  readonly #kernels: Kernels;
  readonly #recorded: RecordedShards;
  readonly #board: StepBoard;
  readonly #membership: Membership;
  readonly #weights: readonly Weight[];

  constructor(
    kernels: Kernels,
    recorded: RecordedShards,
    board: StepBoard,
    membership: Membership,
  ) {
    this.#kernels = kernels;
    this.#recorded = recorded;
    this.#board = board;
    this.#membership = membership;
    this.#weights = recorded.block.divide(membership.threads)[membership.member]!;
  }

  /** Does this thread's part of a phase. */
  run(phase: StepPhase): void {
    const { block } = this.#recorded, { factors } = this.#board;
    if (phase === "shards") this.#computeShards();
    else if (phase === "gradients") this.#sumGradients();
    else {
      updateWeights(this.#kernels, block, this.#weights, factors);
      block.pack(this.#kernels, this.#weights);
    }
  }

  #computeShards(): void {
    const { tapes } = this.#recorded, { member, threads } = this.#membership;
    for (let shard = member; shard < tapes.length; shard += threads) {
      const tape = tapes[shard]!;
      tape.forward(this.#kernels);
      tape.backward(this.#kernels);
      this.#board.losses[shard] = tape.loss;
    }
  }

  #sumGradients(): void {
    const { squares } = this.#board, { member, threads } = this.#membership;
    const cut = (part: number): number => Math.floor(part * squares.length / threads);
    const blocks = [cut(member), cut(member + 1)] as const;
    sumGradients(this.#kernels, this.#recorded.block, blocks, squares);
  }
}
