import { Worker } from "node:worker_threads";
import type { ColumnData, EpisodeTable } from "../../core/episode.ts";
import { asError, reviveError } from "../../core/errors.ts";
import type { ChunkSink } from "../zarr/array_writer.ts";
import type { ArrayLayout } from "../zarr/chunk_writer.ts";
import type { StoreWriter } from "../zarr/writer.ts";
import {
  buffersOf,
  copyBuffer,
  type MergeReply,
  type MergeRequest,
  type MergeResult,
  type MergeResults,
  type MergeThreadData,
  unpackTable,
} from "./merge_messages.ts";
import type { MergeHands } from "./merge_hands.ts";
import { readBatch, type SelectedEpisodes } from "./shard_batch.ts";
import { type CheckedShard, lookAt, type ShardLook } from "./shard_look.ts";

/** Groups of shards that a thread has before it: the merge's own reads what comes beyond. */
const AHEAD = 2;

/** Shards that are looked at together: so many that a message costs little beside. */
const LOOKS = 32;

/** Bytes of columns that wait to be written, at most: a thread that reads adds to them. */
const MAX_WAITING = 2 ** 24;

/**
 * Team of threads that read shards and write chunks for one merge. The merge itself puts rows in
 * order and adds up the statistics, so that the number of threads changes no byte.
 */
export class MergeTeam implements MergeHands, ChunkSink, AsyncDisposable {
  readonly #writer: StoreWriter;
  readonly #threads: number;
  #members: readonly Member[] = [];
  #waiting = 0;
  #room = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | null = null;

  /**
   * The threads start when they are needed.
   *
   * @param writer Writer of the directory, which will name the chunks in its commit
   * @param threads Threads with that of the merge, two or more
   */
  constructor(writer: StoreWriter, threads: number) {
    this.#writer = writer;
    this.#threads = threads;
  }

  get chunks(): ChunkSink {
    return this;
  }

  get looks(): number {
    return LOOKS;
  }

  get ahead(): number {
    return AHEAD * (this.#threads - 1) + 1;
  }

  readonly look = (shards: readonly CheckedShard[]): Promise<readonly ShardLook[]> => {
    const member = this.#leastBusy();
    return member.load < AHEAD ? member.ask({ type: "look", shards }) : lookAt(shards);
  };

  readonly read = async (shards: readonly SelectedEpisodes[]): Promise<EpisodeTable> => {
    const member = this.#leastBusy();
    if (member.load >= AHEAD) return await readBatch(shards);
    return unpackTable(await member.ask({ type: "read", shards }));
  };

  /** Has chunks written; waits only while too many are not. @throws What an earlier one met */
  async writeChunks(layout: ArrayLayout, row: number, data: ColumnData): Promise<void> {
    while (this.#waiting > MAX_WAITING) await this.#room.promise;
    this.#requireWell();
    this.#waiting += data.byteLength;
    const written = this.#leastBusy().ask({ type: "write", layout, row, buffer: copyBuffer(data) });
    written.catch((error) => this.#failure ??= { error }).finally(() => {
      this.#waiting -= data.byteLength;
      this.#room.resolve();
      this.#room = Promise.withResolvers();
    });
  }

  async finish(): Promise<void> {
    const written = await Promise.all(
      this.#members.map((member) => member.ask({ type: "finish" })),
    );
    this.#requireWell();
    for (const part of written) this.#writer.include(part);
  }

  /** Ends the threads; of what is not on the disk yet, nothing remains. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.close()));
  }

  #leastBusy(): Member {
    if (this.#members.length === 0) {
      const workerData: MergeThreadData = { directory: this.#writer.directory };
      this.#members = Array.from({ length: this.#threads - 1 }, () => new Member(workerData));
    }
    return this.#members.reduce((a, b) => b.load < a.load ? b : a);
  }

  #requireWell(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** One thread, with the requests that it has not answered. */
class Member {
  readonly #worker: Worker;
  readonly #asked: PromiseWithResolvers<MergeResult>[] = [];
  #lost: Error | null = null;

  constructor(workerData: MergeThreadData) {
    this.#worker = new Worker(new URL("./merge_thread.ts", import.meta.url), { workerData });
    this.#worker.on("message", (reply: MergeReply) => {
      const { resolve, reject } = this.#asked.shift()!; // it was asked for
      if ("error" in reply) reject(reviveError(reply.error));
      else resolve(reply.result);
    });
    this.#worker.on("error", (error) => this.#lose(asError(error)));
    this.#worker.on("exit", (code) => this.#lose(new Error(`Thread ended with code ${code}`)));
  }

  /** Requests that wait for an answer. */
  get load(): number {
    return this.#asked.length;
  }

  ask<Type extends keyof MergeResults>(
    request: MergeRequest & { readonly type: Type },
  ): Promise<MergeResults[Type]> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    const asked = Promise.withResolvers<MergeResult>();
    this.#asked.push(asked);
    this.#worker.postMessage(request, buffersOf(request));
    return asked.promise as Promise<MergeResults[Type]>; // a thread answers in order
  }

  /** Ends the thread when it has done what it was asked. */
  async close(): Promise<void> {
    await this.ask({ type: "abandon" }).catch(() => {}); // a lost thread has ended
    await this.#worker.terminate();
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    for (const { reject } of this.#asked.splice(0)) reject(this.#lost);
  }
}
