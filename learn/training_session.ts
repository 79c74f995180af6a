import type { Tensor } from "../core/episode.ts";
import type { BatchSource } from "./batch_source.ts";
import { instantiateKernels, type Kernels } from "./kernel_module.ts";
import type { Network } from "./model.ts";
import { type AdamProducts, type OptimizerSettings, updateWeights } from "./optimizer.ts";
import type { ParameterBlock } from "./parameters.ts";
import type { ShardTeam } from "./shard_team.ts";
import { cutIntoShards, firstRow, recordShards } from "./shards.ts";
import { Tape } from "./tape.ts";

/** A tape of some rows of a batch and views of its inputs. */
interface Shard {
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
  /** Empty where the loss has no named terms. */
  readonly terms: Readonly<Record<string, number>>;
}

/** The network of a training in memory: its weights, moments and tapes. */
export class TrainingSession {
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #block: ParameterBlock;
  readonly #training: readonly Shard[];
  readonly #validation: readonly Shard[];
  readonly #optimizer: OptimizerSettings;
  #team: ShardTeam | null = null;
  #stale = true;

  /**
   * @param batch Rows of one training step
   * @param validationRows Rows of the validation split, may be 0
   */
  constructor(
    network: Network,
    optimizer: OptimizerSettings,
    sizes: { readonly batch: number; readonly validationRows: number },
  ) {
    const { arena, block, tapes: training } = recordShards(network, sizes.batch);
    this.#block = block;
    const record = (rows: number): Tape => {
      const tape = new Tape(arena, block, { rows, batch: sizes.validationRows, shard: null });
      network.recordLoss(tape);
      return tape;
    };
    // All shards of a validation pass but the last have the same rows and share one tape.
    const tapes = new Map<number, Tape>();
    const validation = cutIntoShards(sizes.validationRows).map((rows) => {
      const tape = tapes.get(rows) ?? record(rows);
      tapes.set(rows, tape);
      return tape;
    });
    const { kernels, memory } = instantiateKernels(arena.bytes);
    this.#kernels = kernels;
    this.#memory = memory;
    this.#optimizer = optimizer;
    this.#training = placeShards(training, memory);
    this.#validation = placeShards(validation, memory);
  }

  /** Shards of a batch: more threads than these have nothing to do. */
  get shards(): number {
    return this.#training.length;
  }

  /** Where weights and tapes lie; shared. */
  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  /** Lets others compute shards, from the next step on. They must have been given `memory`. */
  join(team: ShardTeam): void {
    this.#team = team;
  }

  /**
   * Makes one optimiser step on the batch that is ready.
   *
   * @param step Steps done before
   * @returns The mean loss of the batch before the step, and the products after it
   */
  step(
    step: number,
    batches: BatchSource,
    products: AdamProducts,
  ): { readonly loss: number; readonly products: AdamProducts } {
    this.#pack();
    for (const shard of this.#training) fillShard(shard, batches);
    const loss = this.#runShards();
    this.#stale = true;
    return {
      loss,
      products: updateWeights(this.#kernels, this.#block, this.#optimizer, step, products),
    };
  }

  /** Losses and gradients of all shards. */
  #runShards(): number {
    const own = (index: number): number => {
      const { tape } = this.#training[index]!;
      tape.forward(this.#kernels);
      tape.backward(this.#kernels);
      return tape.loss;
    };
    if (this.#team !== null) return this.#team.run(own);
    return this.#training.reduce((sum, _, index) => sum + own(index), 0);
  }

  /** Mean loss over the validation rows and the terms it is made of, null where there are none. */
  validate(rows: BatchSource): ValidationLoss | null {
    if (this.#validation.length === 0) return null;
    this.#pack();
    let loss = 0;
    const terms: Record<string, number> = {};
    for (const shard of this.#validation) {
      fillShard(shard, rows);
      shard.tape.forward(this.#kernels);
      loss += shard.tape.loss;
      for (const [name, part] of shard.tape.terms) terms[name] = (terms[name] ?? 0) + part;
    }
    return { loss, terms };
  }

  #pack(): void {
    if (this.#stale) this.#block.pack(this.#kernels);
    this.#stale = false;
  }

  /** A copy of the weights, without padding. */
  weights(prefix = ""): Record<string, Tensor> {
    return this.#block.read(this.#memory, this.#block.values, prefix);
  }

  /** A copy of both moments, `moment1/<name>` and `moment2/<name>`. */
  moments(): Record<string, Tensor> {
    const { moment1, moment2 } = this.#block;
    return {
      ...this.#block.read(this.#memory, moment1, "moment1/"),
      ...this.#block.read(this.#memory, moment2, "moment2/"),
    };
  }

  /** @throws {InvalidInputError} If a tensor is absent or of another shape */
  setWeights(tensors: Readonly<Record<string, Tensor>>, prefix = ""): void {
    this.#block.write(this.#memory, this.#block.values, tensors, prefix);
    this.#stale = true;
  }

  /** @throws {InvalidInputError} If a tensor is absent or of another shape */
  setMoments(tensors: Readonly<Record<string, Tensor>>): void {
    this.#block.write(this.#memory, this.#block.moment1, tensors, "moment1/");
    this.#block.write(this.#memory, this.#block.moment2, tensors, "moment2/");
  }
}

function placeShards(tapes: readonly Tape[], memory: WebAssembly.Memory): readonly Shard[] {
  return tapes.map((tape, shard) => ({
    tape,
    first: firstRow(shard),
    inputs: [...tape.inputs].map(([name, { address, stride }]) => ({
      name,
      view: new Float32Array(memory.buffer, address, tape.rows * stride),
      stride,
    })),
  }));
}

function fillShard({ tape, first, inputs }: Shard, batches: BatchSource): void {
  for (const { name, view, stride } of inputs) batches.fill(name, first, tape.rows, view, stride);
}
