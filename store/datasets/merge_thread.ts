/** Entry of a thread of {@linkcode MergeTeam}: reads shards and writes chunks until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import { columnDataOver } from "../../core/episode.ts";
import { serializeError } from "../../core/errors.ts";
import { ChunkWriter } from "../zarr/chunk_writer.ts";
import { StoreWriter } from "../zarr/writer.ts";
import {
  buffersOf,
  type MergeReply,
  type MergeRequest,
  type MergeResult,
  type MergeThreadData,
  packTable,
} from "./merge_messages.ts";
import { readBatch } from "./shard_batch.ts";
import { lookAt } from "./shard_look.ts";

// The team that starts this file gives both.
const port = parentPort!;
const { directory }: MergeThreadData = workerData;
const writer = new StoreWriter(directory);
const arrays = new Map<string, Promise<ChunkWriter>>();

async function answer(request: MergeRequest): Promise<MergeResult> {
  switch (request.type) {
    case "look":
      return await lookAt(request.shards);
    case "read":
      return packTable(await readBatch(request.shards));
    case "write": {
      const { layout, row, buffer } = request;
      const array = arrays.get(layout.path) ?? ChunkWriter.open(writer, layout);
      arrays.set(layout.path, array);
      await (await array).write(row, columnDataOver(layout.dtype, buffer));
      return null;
    }
    case "finish":
      await writer.flush();
      return { files: writer.files, bytes: writer.bytes };
    case "abandon":
      writer[Symbol.dispose]();
      return null;
  }
}

let last = Promise.resolve();
port.on("message", (request: MergeRequest) => {
  last = last.then(async () => {
    try {
      const result = await answer(request);
      const reply: MergeReply = { result };
      port.postMessage(reply, buffersOf(result));
    } catch (error) {
      const reply: MergeReply = { error: serializeError(error) };
      port.postMessage(reply);
    }
  });
});
