import {
  type Column,
  type ColumnData,
  copyData,
  createColumnData,
  type EpisodeSource,
  type FieldSpec,
  rowBytes,
  rowSize,
  type Split,
  SPLITS,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom, shuffle } from "../../core/random.ts";
import { suggestName } from "../../core/suggest.ts";
import { openDataset } from "./dataset.ts";
import { IMAGE_ROWS, isImage } from "../episodes/layout.ts";

/** Rows that are shuffled as one: about what a chunk holds. */
const BLOCK_ROWS = 1024;
/** Default limit for the bytes of rows that a reader holds. */
const MEMORY = 256 * 2 ** 20;

/** Options of a {@linkcode DatasetReader}. */
export interface DatasetReaderOptions {
  /** Step fields, e.g. `observation/ee_pos`, `action`; all that the dataset has if absent. */
  readonly fields?: readonly string[];
  /** Episodes to read; all if null. Default `train`. */
  readonly split?: Split | null;
  /** Steps of one sample, all of one episode; if absent a sample is one row, without that axis. */
  readonly window?: number;
  /** Samples of a batch, default 64. */
  readonly batch?: number;
  /** Default true; else in the order of the dataset. */
  readonly shuffle?: boolean;
  /** Default 0. */
  readonly seed?: number;
  /** Leaves out the last samples of an epoch that fill no batch; default false. */
  readonly dropLast?: boolean;
  /** Bytes of rows held at once, default 256 MiB. What is larger is shuffled part by part. */
  readonly memory?: number;
}

/** Batch of samples by field: `[batch, ...shape]` or `[batch, window, ...shape]`. */
export type Batch = Readonly<Record<string, Column>>;

/** Samples [first, last) of a block, as positions in the list of all. */
interface Block {
  readonly first: number;
  readonly last: number;
}

/** Rows of some blocks in memory. */
interface Part {
  readonly columns: ReadonlyMap<string, ColumnData>;
  /** First row of each sample in the columns, in the order of the samples. */
  readonly rows: Uint32Array;
}

/**
 * Batches of rows or windows of a dataset, shuffled, for training in TypeScript: what a dataset and
 * its loader are in PyTorch. The order is a function of seed and epoch. Memory is bounded: a dataset
 * beyond it is read block by block in a random order, as many blocks at a time as fit, and samples
 * are permuted among these, while the next ones are read.
 */
export class DatasetReader {
  /** Samples of an epoch. */
  readonly samples: number;
  /** Batches of an epoch. */
  readonly batches: number;
  readonly #source: EpisodeSource;
  readonly #fields: readonly FieldSpec[];
  readonly #options: Required<Omit<DatasetReaderOptions, "fields" | "split" | "window">>;
  readonly #window: number | null;
  /** `[samples]` first row of each. */
  readonly #starts: Uint32Array;
  readonly #blocks: readonly Block[];
  readonly #blocksPerPart: number;

  private constructor(
    source: EpisodeSource,
    fields: readonly FieldSpec[],
    starts: Uint32Array,
    options: DatasetReaderOptions,
  ) {
    const { batch = 64, shuffle = true, seed = 0, dropLast = false, memory = MEMORY } = options;
    this.#source = source;
    this.#fields = fields;
    this.#options = { batch, shuffle, seed, dropLast, memory };
    this.#window = options.window ?? null;
    this.#starts = starts;
    this.samples = starts.length;
    this.batches = dropLast ? Math.floor(starts.length / batch) : Math.ceil(starts.length / batch);
    const blockRows = fields.some(isImage) ? IMAGE_ROWS : BLOCK_ROWS;
    this.#blocks = blocksOf(starts, blockRows);
    const stepBytes = fields.reduce((sum, spec) => sum + rowBytes(spec), 0);
    const blockBytes = stepBytes * (blockRows + this.#steps - 1);
    // Two parts are there at a time: the one that is given and the one that is read.
    this.#blocksPerPart = Math.max(1, Math.floor(memory / 2 / blockBytes));
  }

  /**
   * @param dataset Directory of a merged dataset, or one that is open
   * @throws {InvalidInputError} If it lacks a field, or no episode of the split is long enough
   * @throws {RangeError} If a number is out of its range
   * @throws {DamagedStoreError} If nothing is committed there, or its metadata is damaged
   */
  static async open(
    dataset: string | EpisodeSource,
    options: DatasetReaderOptions = {},
  ): Promise<DatasetReader> {
    const { window = 1, batch = 1, memory = 1 } = options;
    for (const [name, value] of Object.entries({ window, batch, memory })) {
      if (Number.isSafeInteger(value) && value >= 1) continue;
      throw new RangeError(
        `Cannot read batches: expected ${name} to be an integer ≥ 1, found ${value}`,
      );
    }
    const source = typeof dataset === "string" ? await openDataset(dataset) : dataset;
    const fields = findFields(source, options.fields);
    const { split = SPLITS[0] } = options;
    const starts = await findSamples(source, split, window);
    if (starts.length === 0) {
      throw new InvalidInputError({
        action: "read batches of",
        place: source.schema.environment,
        expected: `episodes of at least ${window} steps in ` +
          `split ${split ?? "train, validation or test"}`,
        found: "none",
        remedy: "ask for shorter windows or another split",
      });
    }
    return new DatasetReader(source, fields, starts, options);
  }

  /** Steps of one sample. */
  get #steps(): number {
    return this.#window ?? 1;
  }

  /**
   * Yields the batches of an epoch, each made on request; every sample is in one of them.
   *
   * @param epoch From 0; its order is a function of it and the seed
   * @throws {DamagedStoreError} If a chunk's bytes are not those that were written
   */
  async *epoch(epoch = 0): AsyncGenerator<Batch> {
    const { batch, dropLast } = this.#options;
    const parts = this.#partsOf(epoch);
    let pending: Pending = [];
    let waiting = 0;
    let next = this.#read(parts, 0, epoch);
    for (let index = 0; index < parts.length; index++) {
      const part = await next;
      if (index + 1 < parts.length) {
        next = this.#read(parts, index + 1, epoch);
        next.catch(() => {}); // told when it is awaited, if the caller comes that far
      }
      for (let at = 0; at < part.rows.length;) {
        const count = Math.min(batch - waiting, part.rows.length - at);
        pending.push({ part, first: at, count });
        at += count;
        waiting += count;
        if (waiting < batch) continue;
        yield this.#gather(pending, waiting);
        pending = [];
        waiting = 0;
      }
      // What is left of this part is copied, so that the part can go.
      if (waiting > 0) pending = [this.#detach(pending, waiting)];
    }
    if (waiting > 0 && !dropLast) yield this.#gather(pending, waiting);
  }

  /** Blocks in the order of an epoch, those together that are in memory together. */
  #partsOf(epoch: number): readonly (readonly Block[])[] {
    const order = [...this.#blocks];
    if (this.#options.shuffle && this.#blocksPerPart < order.length) {
      shuffle(order, createRandom(this.#options.seed, "reader/blocks", epoch));
    }
    const parts: Block[][] = [];
    for (let first = 0; first < order.length; first += this.#blocksPerPart) {
      parts.push(order.slice(first, first + this.#blocksPerPart));
    }
    return parts;
  }

  /** Reads the rows of some blocks, and orders their samples. */
  async #read(
    parts: readonly (readonly Block[])[],
    index: number,
    epoch: number,
  ): Promise<Part> {
    const blocks = parts[index]!, starts = this.#starts;
    const spans = blocks.map(({ first, last }) => ({
      start: starts[first]!,
      end: starts[last - 1]! + this.#steps,
    }));
    const total = spans.reduce((sum, { start, end }) => sum + end - start, 0);
    const columns = new Map<string, ColumnData>();
    for (const { name, dtype, shape } of this.#fields) {
      const size = rowSize(shape), data = createColumnData(dtype, total * size);
      let row = 0;
      for (const { start, end } of spans) {
        copyData(data, (await this.#source.readSteps(name, start, end)).data, row * size);
        row += end - start;
      }
      columns.set(name, data);
    }
    const rows = new Uint32Array(blocks.reduce((sum, { first, last }) => sum + last - first, 0));
    let sample = 0, base = 0;
    blocks.forEach(({ first, last }, block) => {
      const { start, end } = spans[block]!;
      for (let i = first; i < last; i++) rows[sample++] = base + starts[i]! - start;
      base += end - start;
    });
    if (this.#options.shuffle) {
      shuffle(rows, createRandom(this.#options.seed, `reader/order/${index}`, epoch));
    }
    return { columns, rows };
  }

  /** Copies samples into a batch. */
  #gather(pending: Pending, count: number): Batch {
    const window = this.#window === null ? [] : [this.#window];
    return Object.fromEntries(this.#fields.map(({ name, dtype, shape }) => {
      const size = rowSize(shape), length = size * this.#steps;
      const data = createColumnData(dtype, count * length);
      let at = 0;
      for (const { part, first, count } of pending) {
        const column = part.columns.get(name)!;
        for (let i = first; i < first + count; i++, at += length) {
          const from = part.rows[i]! * size;
          copyData(data, column.subarray(from, from + length), at);
        }
      }
      return [name, { dtype, shape: [count, ...window, ...shape], data }];
    }));
  }

  /** The same samples, of a part of their own. */
  #detach(pending: Pending, count: number): Pending[number] {
    const columns = new Map(
      Object.entries(this.#gather(pending, count)).map(([name, { data }]) => [name, data]),
    );
    const rows = Uint32Array.from({ length: count }, (_, sample) => sample * this.#steps);
    return { part: { columns, rows }, first: 0, count };
  }
}

/** Samples that are not given yet, in order. */
type Pending = { readonly part: Part; readonly first: number; readonly count: number }[];

function findFields(
  { schema }: EpisodeSource,
  names: readonly string[] | undefined,
): readonly FieldSpec[] {
  if (names === undefined) return schema.step;
  const known = schema.step.map(({ name }) => name);
  return names.map((wanted) => {
    const field = schema.step.find(({ name }) => name === wanted);
    if (field !== undefined) return field;
    throw new InvalidInputError({
      action: "read field",
      place: wanted,
      expected: "a step field of the dataset",
      remedy: suggestName(wanted, known),
    });
  });
}

/** Finds the first rows of all windows within one episode of the split, ascending. */
async function findSamples(
  source: EpisodeSource,
  split: Split | null,
  window: number,
): Promise<Uint32Array> {
  const wanted = split === null ? -1 : SPLITS.indexOf(split);
  const splits = split === null ? null : (await source.readEpisodes("split")).data;
  const ranges: { start: number; count: number }[] = [];
  for (let episode = 0; episode < source.episodes; episode++) {
    if (splits !== null && Number(splits[episode]) !== wanted) continue;
    const start = episode === 0 ? 0 : source.episodeEnds[episode - 1]!;
    const count = source.episodeEnds[episode]! - start - window + 1;
    if (count > 0) ranges.push({ start, count });
  }
  const starts = new Uint32Array(ranges.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const { start, count } of ranges) {
    for (let i = 0; i < count; i++) starts[at++] = start + i;
  }
  return starts;
}

/** Groups samples that start in the same block of rows of the dataset. */
function blocksOf(starts: Uint32Array, blockRows: number): readonly Block[] {
  const blocks: Block[] = [];
  for (let first = 0; first < starts.length;) {
    const end = (Math.floor(starts[first]! / blockRows) + 1) * blockRows;
    let last = first + 1;
    while (last < starts.length && starts[last]! < end) last++;
    blocks.push({ first, last });
    first = last;
  }
  return blocks;
}
