import type { Arithmetic, Tensor } from "../../core/episode.ts";
import type { BatchSource } from "./batch_source.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createKernels } from "../kernels/open.ts";
import { rangeCheck } from "../kernels/ranges.ts";
import type { Network } from "../model.ts";
import { type AdamProducts, type OptimizerSettings, prepareUpdate } from "./optimizer.ts";
import type { MicrobatchTeam } from "./microbatch_team.ts";
import {
  cutIntoMicrobatches,
  firstRow,
  type RecordedMicrobatches,
  recordMicrobatches,
} from "./microbatches.ts";
import { createBoard, FILLED, type StepBoard, StepMember, type StepPhase } from "./step_phases.ts";
import { Tape } from "../tape/tape.ts";

/** A tape of some rows of a batch and views of its inputs. */
interface Microbatch {
  readonly tape: Tape;
  readonly first: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly view: Float32Array;
    readonly stride: number;
  }[];
}

/** A mean loss, and by name the unweighted means that it is made of. */
export interface ValidationLoss {
  readonly loss: number;
  /** Empty if the loss has no named terms. */
  readonly terms: Readonly<Record<string, number>>;
}

/** The network of a training in memory: its weights, moments and tapes. */
export class TrainingSession {
  readonly #kernels: Kernels;
  readonly #recorded: RecordedMicrobatches;
  readonly #squares: Float64Array;
  readonly #training: readonly Microbatch[];
  readonly #validation: readonly Microbatch[];
  readonly #optimizer: OptimizerSettings;
  /** Address of what the batches hold. */
  readonly #room: number;
  /** Address of the moving average of the weights, 0 where there is none. */
  readonly #average: number;
  /** Shared with a team. */
  readonly board: StepBoard;
  #member: StepMember;
  #team: MicrobatchTeam | null = null;

  /**
   * @param sizes.batch Rows of one training step
   * @param sizes.validationRows Rows of the validation split, may be 0
   * @param sizes.threads Threads that will take part, with this one
   * @param sizes.room Floats that the batches hold in the same memory
   * @param sizes.averaged Whether a moving average of the weights is kept
   */
  constructor(
    network: Network,
    optimizer: OptimizerSettings,
    { arithmetic, ...sizes }: {
      readonly arithmetic: Arithmetic;
      readonly batch: number;
      readonly validationRows: number;
      readonly threads: number;
      readonly room: number;
      readonly averaged: boolean;
    },
  ) {
    const { batch, threads } = sizes,
      recorded = recordMicrobatches(network, batch, {
        member: 0,
        threads,
      });
    const { arena, block } = recorded;
    const record = (rows: number): Tape => {
      const tape = new Tape(arena, block, { rows, batch: sizes.validationRows, microbatch: null });
      network.recordLoss(tape);
      return tape;
    };
    // All microbatches of a validation pass but the last have the same rows and share one tape.
    const tapes = new Map<number, Tape>();
    const validation = cutIntoMicrobatches(sizes.validationRows).map((rows) => {
      const tape = tapes.get(rows) ?? record(rows);
      tapes.set(rows, tape);
      return tape;
    });
    this.#room = arena.allocate(sizes.room);
    this.#average = sizes.averaged ? arena.allocate(block.count) : 0;
    const kernels = createKernels(arena.bytes, arithmetic), { memory } = kernels;
    this.#kernels = kernels;
    if (sizes.averaged) rangeCheck(memory).moveAverage(this.#average, block.values, block.count, 0);
    this.#squares = new Float64Array(memory.buffer, block.squares, block.normBlocks);
    this.#recorded = recorded;
    this.#optimizer = optimizer;
    this.board = createBoard(recorded);
    this.#member = new StepMember(kernels, recorded, this.board, { member: 0, threads: 1 });
    this.#training = placeMicrobatches(recorded.tapes, memory);
    this.#validation = placeMicrobatches(validation, memory);
  }

  /** Shared memory of weights and tapes. */
  get memory(): WebAssembly.Memory {
    return this.#kernels.memory;
  }

  /** Gives batches the requested room. */
  place(batches: BatchSource): void {
    batches.place?.(this.#kernels, this.#room);
  }

  /**
   * Lets other threads do their part of every step from the next one on. They must have `memory`
   * and `board`.
   */
  join(team: MicrobatchTeam): void {
    this.#team = team;
    const { threads } = team;
    this.#member = new StepMember(this.#kernels, this.#recorded, this.board, {
      member: 0,
      threads,
    });
  }

  /**
   * Makes one optimiser step on the batch that is ready.
   *
   * @param step Steps done before
   * @param ahead Makes the next batch ready: other threads compute meanwhile
   * @returns The mean loss of the batch before the step, and the products after it
   */
  step(
    step: number,
    batches: BatchSource,
    { products, ahead }: { readonly products: AdamProducts; readonly ahead: () => void },
  ): { readonly loss: number; readonly products: AdamProducts } {
    const { losses, factors, counts } = this.board;
    counts.fill(0);
    this.#run("microbatches", () => {
      for (const microbatch of this.#training) {
        fillMicrobatch(microbatch, batches);
        Atomics.add(counts, FILLED, 1);
      }
      ahead();
    });
    this.#run("gradients");
    const after = prepareUpdate(this.#optimizer, { step, products }, this.#squares, factors);
    this.#run("weights");
    return { loss: losses.reduce((sum, loss) => sum + loss, 0), products: after };
  }

  /** @param first What this thread does before its part */
  #run(phase: StepPhase, first?: () => void): void {
    const own = () => {
      first?.();
      this.#member.run(phase);
    };
    if (this.#team === null) own();
    else this.#team.run(phase, own);
  }

  /** Computes the mean loss over the validation rows and its terms, null if there are none. */
  validate(rows: BatchSource): ValidationLoss | null {
    if (this.#validation.length === 0) return null;
    let loss = 0;
    const terms: Record<string, number> = {};
    for (const microbatch of this.#validation) {
      fillMicrobatch(microbatch, rows);
      microbatch.tape.forward(this.#kernels);
      loss += microbatch.tape.loss;
      for (const [name, part] of microbatch.tape.terms) terms[name] = (terms[name] ?? 0) + part;
    }
    return { loss, terms };
  }

  /** A copy of the weights, without padding. */
  weights(prefix = ""): Record<string, Tensor> {
    const { block } = this.#recorded;
    return block.read(this.memory, block.values, prefix);
  }

  /** Moves the average by a share of the way to the weights. */
  moveAverage(share: number): void {
    const { block } = this.#recorded;
    this.#kernels.moveAverage(this.#average, block.values, block.count, share);
  }

  /** A copy of the moving average of the weights, null where there is none. */
  average(prefix = ""): Record<string, Tensor> | null {
    if (this.#average === 0) return null;
    return this.#recorded.block.read(this.memory, this.#average, prefix);
  }

  /** @throws {InvalidInputError} If a tensor is absent or of another shape */
  setAverage(tensors: Readonly<Record<string, Tensor>>, prefix = ""): void {
    if (this.#average === 0) return;
    this.#recorded.block.write(this.memory, this.#average, tensors, prefix);
  }

  /** A copy of both moments, `moment1/<name>` and `moment2/<name>`. */
  moments(): Record<string, Tensor> {
    const { block } = this.#recorded;
    return {
      ...block.read(this.memory, block.moment1, "moment1/"),
      ...block.read(this.memory, block.moment2, "moment2/"),
    };
  }

  /** @throws {InvalidInputError} If a tensor is absent or of another shape */
  setWeights(tensors: Readonly<Record<string, Tensor>>, prefix = ""): void {
    const { block } = this.#recorded;
    block.write(this.memory, block.values, tensors, prefix);
    block.pack(this.#kernels);
  }

  /** @throws {InvalidInputError} If a tensor is absent or of another shape */
  setMoments(tensors: Readonly<Record<string, Tensor>>): void {
    const { block } = this.#recorded;
    block.write(this.memory, block.moment1, tensors, "moment1/");
    block.write(this.memory, block.moment2, tensors, "moment2/");
  }
}

function placeMicrobatches(
  tapes: readonly Tape[],
  memory: WebAssembly.Memory,
): readonly Microbatch[] {
  return tapes.map((tape, microbatch) => ({
    tape,
    first: firstRow(microbatch),
    inputs: [...tape.inputs].map(([name, { address, stride }]) => ({
      name,
      view: new Float32Array(memory.buffer, address, tape.rows * stride),
      stride,
    })),
  }));
}

function fillMicrobatch({ tape, first, inputs }: Microbatch, batches: BatchSource): void {
  for (const { name, view, stride } of inputs) batches.fill(name, first, tape.rows, view, stride);
}
