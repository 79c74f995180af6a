import { type ColumnData, copyData, createColumnData, rowSize } from "../../core/episode.ts";
import { type ArrayLayout, ChunkWriter } from "./chunk_writer.ts";
import type { FileWriter } from "./writer.ts";

/** Something else that writes the chunks of arrays. */
export interface ChunkSink {
  /**
   * Takes whole chunks of an array, or its last.
   *
   * @param row The first of their rows
   * @param data Flat and row-major; not to be kept
   */
  writeChunks(layout: ArrayLayout, row: number, data: ColumnData): Promise<void>;
  /** Brings all chunks to the disk. @throws What the writing of one met */
  finish(): Promise<void>;
}

/** Appends rows to a new array. */
export class ArrayWriter {
  readonly #chunks: ChunkWriter;
  readonly #sink: ChunkSink | undefined;
  readonly #layout: ArrayLayout;
  readonly #rowSize: number;
  /** Rows of the current chunk; made when rows come that do not fill one. */
  #buffer: ColumnData | null = null;
  #buffered = 0;
  #written = 0;

  private constructor(chunks: ChunkWriter, layout: ArrayLayout, sink: ChunkSink | undefined) {
    this.#chunks = chunks;
    this.#layout = layout;
    this.#rowSize = rowSize(layout.shape);
    this.#sink = sink;
  }

  /**
   * Writes the metadata of an array.
   *
   * @param sink Writes its chunks; this writer does if absent
   */
  static async create(
    writer: FileWriter,
    layout: ArrayLayout,
    sink?: ChunkSink,
  ): Promise<ArrayWriter> {
    return new ArrayWriter(await ChunkWriter.create(writer, layout), layout, sink);
  }

  /** Appends rows, flat and row-major; chunks that become full are written. */
  async append(data: ColumnData): Promise<void> {
    const chunkSize = this.#layout.chunkRows * this.#rowSize;
    let start = 0;
    while (start < data.length) {
      const whole = Math.floor((data.length - start) / chunkSize) * chunkSize;
      if (this.#buffered === 0 && whole > 0) {
        await this.#write(data.subarray(start, start + whole));
        start += whole;
        continue;
      }
      this.#buffer ??= createColumnData(this.#layout.dtype, chunkSize);
      const count = Math.min(chunkSize - this.#buffered, data.length - start);
      copyData(this.#buffer, data.subarray(start, start + count), this.#buffered);
      this.#buffered += count;
      start += count;
      if (this.#buffered === chunkSize) await this.#writeBuffer();
    }
  }

  /**
   * Writes the last chunk.
   *
   * @throws {RangeError} If the rows are not as many as the layout says
   */
  async finish(): Promise<void> {
    if (this.#buffered > 0) await this.#writeBuffer();
    const { path, rows } = this.#layout;
    if (this.#written === rows) return;
    throw new RangeError(
      `Cannot write array "${path}": expected ${rows} rows, found ${this.#written}`,
    );
  }

  async #writeBuffer(): Promise<void> {
    await this.#write(this.#buffer!.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  async #write(data: ColumnData): Promise<void> {
    const row = this.#written;
    this.#written += data.length / this.#rowSize;
    if (this.#sink === undefined) await this.#chunks.write(row, data);
    else await this.#sink.writeChunks(this.#layout, row, data);
  }
}
