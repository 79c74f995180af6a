import type { ColumnData } from "../../core/episode.ts";

/** Decoded chunks by name, up to a number of bytes; what was used longest ago goes first. */
export class ChunkCache {
  readonly #capacity: number;
  readonly #chunks = new Map<string, Promise<ColumnData>>();
  #bytes = 0;

  /** @param capacity In bytes; a larger chunk is kept alone */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A chunk, decoded at its first use. What fails is not kept. */
  async get(name: string, decode: () => Promise<ColumnData>): Promise<ColumnData> {
    const known = this.#chunks.get(name);
    if (known !== undefined) {
      this.#chunks.delete(name); // a Map keeps the order of insertion: to the end with it
      this.#chunks.set(name, known);
      return await known;
    }
    const decoding = decode();
    this.#chunks.set(name, decoding);
    try {
      const chunk = await decoding;
      if (!this.#chunks.has(name)) return chunk; // cleared meanwhile
      this.#bytes += chunk.byteLength;
      await this.#shrink(name);
      return chunk;
    } catch (error) {
      this.#chunks.delete(name);
      throw error;
    }
  }

  /** Drops every chunk. */
  clear(): void {
    this.#chunks.clear();
    this.#bytes = 0;
  }

  async #shrink(newest: string): Promise<void> {
    for (const [name, chunk] of this.#chunks) {
      if (this.#bytes <= this.#capacity) return;
      if (name === newest) continue;
      this.#chunks.delete(name);
      this.#bytes -= (await chunk).byteLength;
    }
  }
}
