import type { EpisodeSource } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom, shuffle } from "../../core/random.ts";
import { type BatchSource, copyRows } from "./batch_source.ts";
import type { Kernels } from "../kernels/kernels.ts";
import {
  countRows,
  type InputColumns,
  intersect,
  readRows,
  readSplit,
  type RowRange,
} from "./episode_rows.ts";

/** Rows of the dataset read at once, and the unit in which a large one is shuffled. */
const BLOCK_ROWS = 4096;
/** Rows that are held at once; what is larger is shuffled window by window. 64 MiB of float32. */
const WINDOW_FLOATS = 16 * 2 ** 20;

/** Options of {@linkcode openRowBatches}. */
export interface RowBatchOptions {
  readonly columns: readonly InputColumns[];
  readonly batch: number;
  readonly seed: number;
  readonly stream: string;
  /** Only rows whose index in the dataset is a multiple of it are drawn; 1 unless given. */
  readonly stride?: number;
  /** Float32 numbers held in memory at once; for tests. */
  readonly windowFloats?: number;
  readonly blockRows?: number;
}

/**
 * Shuffled rows of the training split: every epoch its own permutation, a pure function of (seed,
 * stream, epoch). A dataset beyond the window is read block by block in a random order, as many
 * blocks at a time as fit, and rows are permuted within.
 *
 * @throws {InvalidInputError} If the training split is empty
 */
export async function openRowBatches(
  source: EpisodeSource,
  options: RowBatchOptions,
): Promise<BatchSource> {
  const ranges = await readSplit(source, "train");
  const rows = countRows(ranges, options.stride);
  if (rows === 0) {
    throw new InvalidInputError({
      action: "train on",
      place: source.schema.environment,
      expected: "episodes in the training split",
      found: "none",
      remedy: "merge with a larger split.train",
    });
  }
  return new RowBatches(source, ranges, rows, options);
}

class RowBatches implements BatchSource {
  readonly rows: number;
  readonly #source: EpisodeSource;
  readonly #options: RowBatchOptions;
  /** Parts of the split in each block of the dataset that has any. */
  readonly #blocks: readonly (readonly RowRange[])[];
  readonly #blocksPerWindow: number;
  readonly #window = new Map<string, Float32Array>();
  /** Samples of a batch that spans more than one window, because the first is gone then. */
  readonly #batch = new Map<string, Float32Array>();
  /** Memory of the window and the permutation; null if they are arrays of their own. */
  #placed: { readonly kernels: Kernels; readonly address: number } | null = null;
  /** Rows of the largest window. */
  readonly #windowRows: number;
  /** Position in the permutation of a batch within one window; -1 for one that spans several. */
  #first = -1;
  #epoch = -1;
  /** First position in the epoch of each window, and the end of the last. */
  #starts: number[] = [];
  #order: number[] = [];
  /** The blocks that are in memory, in order. */
  #loaded = "";
  #permutation: Uint32Array = new Uint32Array(0);
  /** Window of the epoch whose permutation is drawn, -1 for none. */
  #entered = -1;

  constructor(
    source: EpisodeSource,
    ranges: readonly RowRange[],
    rows: number,
    options: RowBatchOptions,
  ) {
    this.#source = source;
    this.#options = options;
    this.rows = rows;
    const blockRows = options.blockRows ?? BLOCK_ROWS;
    const blocks: RowRange[][] = [];
    for (let start = 0; start < source.steps; start += blockRows) {
      const parts = intersect(ranges, start, start + blockRows);
      if (countRows(parts, options.stride) > 0) blocks.push(parts);
    }
    this.#blocks = blocks;
    const width = options.columns.reduce((sum, { mean }) => sum + mean.length, 0);
    const windowRows = (options.windowFloats ?? WINDOW_FLOATS) / width;
    const { stride = 1 } = options;
    this.#blocksPerWindow = rows <= windowRows
      ? blocks.length
      : Math.max(1, Math.floor(windowRows * stride / blockRows));
    const largest = Math.max(...blocks.map((parts) => countRows(parts, stride)));
    this.#windowRows = Math.min(rows, this.#blocksPerWindow * largest);
    for (const { input, mean } of options.columns) {
      this.#batch.set(input, new Float32Array(options.batch * mean.length));
    }
  }

  prepare(step: number): Promise<void> | undefined {
    const { batch } = this.#options;
    this.#first = -1;
    return this.#gather(step * batch, 0, batch);
  }

  get floats(): number {
    const width = this.#options.columns.reduce((sum, { mean }) => sum + mean.length, 0);
    return this.#windowRows * (width + 1); // and the permutation
  }

  place(kernels: Kernels, address: number): void {
    this.#placed = { kernels, address };
  }

  fill(input: string, first: number, rows: number, out: Float32Array, stride: number): void {
    if (this.#first >= 0) this.#copySamples(input, this.#first + first, rows, out, stride);
    else copyRows(this.#batch.get(input)!, first, rows, out, stride, this.#options.batch);
  }

  /** Copies samples [position + done, position + batch) of the endless sequence of epochs. */
  #gather(position: number, done: number, batch: number): Promise<void> | undefined {
    while (done < batch) {
      const at = position + done, epoch = Math.floor(at / this.rows);
      this.#enterEpoch(epoch);
      const within = at - epoch * this.rows;
      let window = 0;
      while (this.#starts[window + 1]! <= within) window++;
      const loading = this.#enterWindow(window);
      if (loading !== undefined) {
        const filled = done;
        return loading.then(() => this.#gather(position, filled, batch));
      }
      const first = within - this.#starts[window]!;
      const count = Math.min(batch - done, this.#starts[window + 1]! - within);
      if (count === batch) {
        this.#first = first;
        return undefined;
      }
      for (const { input, mean: { length } } of this.#options.columns) {
        const out = this.#batch.get(input)!.subarray(done * length);
        this.#copySamples(input, first, count, out, length);
      }
      done += count;
    }
    return undefined;
  }

  /** Copies samples of the window from a place in its permutation on. @param out `[count, stride]` */
  #copySamples(
    input: string,
    first: number,
    count: number,
    out: Float32Array,
    stride: number,
  ): void {
    const data = this.#window.get(input)!, permutation = this.#permutation;
    const width = this.#batch.get(input)!.length / this.#options.batch;
    const kernels = this.#placed?.kernels;
    if (kernels !== undefined && out.buffer === kernels.memory.buffer) {
      const rows = permutation.byteOffset + 4 * first;
      kernels.gatherRows(data.byteOffset, width, rows, out.byteOffset, stride, count);
      return;
    }
    for (let i = 0; i < count; i++) {
      const from = permutation[first + i]! * width, to = i * stride;
      for (let j = 0; j < width; j++) out[to + j] = data[from + j]!;
    }
  }

  /** Draws the order of the blocks and cuts it into windows. */
  #enterEpoch(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#entered = -1;
    this.#order = this.#blocks.map((_, block) => block);
    if (this.#blocksPerWindow < this.#blocks.length) {
      const { seed, stream } = this.#options;
      shuffle(this.#order, createRandom(seed, `${stream}/blocks`, epoch));
    }
    this.#starts = [0];
    for (let i = 0, rows = 0; i < this.#order.length; i++) {
      rows += countRows(this.#blocks[this.#order[i]!]!, this.#options.stride);
      const last = i === this.#order.length - 1;
      if (last || (i + 1) % this.#blocksPerWindow === 0) this.#starts.push(rows);
    }
  }

  /** Reads the blocks of a window of this epoch unless they are there, then permutes its rows. */
  #enterWindow(window: number): Promise<void> | undefined {
    if (window === this.#entered) return undefined;
    const first = window * this.#blocksPerWindow;
    const blocks = this.#order.slice(first, first + this.#blocksPerWindow);
    const key = blocks.join();
    if (key !== this.#loaded) return this.#load(blocks, key);
    const { seed, stream } = this.#options;
    const rows = this.#starts[window + 1]! - this.#starts[window]!;
    this.#permutation = this.#allocatePermutation(rows);
    for (let row = 0; row < rows; row++) this.#permutation[row] = row;
    shuffle(this.#permutation, createRandom(seed, `${stream}/order/${window}`, this.#epoch));
    this.#entered = window;
    return undefined;
  }

  /** Reads blocks, neighbours one after another, because they share chunks of the store. */
  async #load(blocks: readonly number[], key: string): Promise<void> {
    const { stride } = this.#options;
    this.#window.clear(); // before the next is there: both at once would be twice as much
    let rows = 0;
    const places = blocks.map((block) => {
      const parts = this.#blocks[block]!, first = rows;
      rows += countRows(parts, stride);
      return { block, parts, first, end: rows };
    }).sort((a, b) => a.block - b.block);
    let before = 0;
    for (const columns of this.#options.columns) {
      const width = columns.mean.length;
      const data = this.#allocateColumns(rows, width, before);
      before += width;
      for (const { parts, first, end } of places) {
        const out = data.subarray(first * width, end * width);
        await readRows(this.#source, columns, parts, out, stride);
      }
      this.#window.set(columns.input, data);
    }
    this.#loaded = key;
  }

  #allocatePermutation(rows: number): Uint32Array {
    if (this.#placed === null) return new Uint32Array(rows);
    const { kernels: { memory }, address } = this.#placed;
    return new Uint32Array(memory.buffer, address, rows);
  }

  /** @param before Columns that lie before these */
  #allocateColumns(rows: number, width: number, before: number): Float32Array {
    if (this.#placed === null) return new Float32Array(rows * width);
    const { kernels: { memory }, address } = this.#placed;
    const at = address + 4 * this.#windowRows * (before + 1);
    return new Float32Array(memory.buffer, at, rows * width);
  }
}
