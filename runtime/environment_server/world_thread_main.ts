/** Entry of a {@linkcode WorldThread}: makes its worlds, then answers one request after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { serializeError } from "../../core/errors.ts";
import { encodeJson, FRAME, HEADER_BYTES, writeHeader } from "../../core/frame.ts";
import { WorldBatch } from "./batch.ts";
import { serveEnvironmentOf } from "./served_environment.ts";
import { THREAD, type ThreadStart, type ThreadTask } from "./world_thread.ts";

const { hello, range, control, request, frame }: ThreadTask = workerData;

function report(start: ThreadStart): void {
  parentPort!.postMessage(start); // a thread has one
}

/** Writes what was thrown in place of an answer. */
function writeError(error: unknown): void {
  const { name, message } = serializeError(error);
  const text = encodeJson({ name, message });
  new Uint8Array(frame, HEADER_BYTES).set(text);
  writeHeader(frame, { length: text.length, type: FRAME.error });
}

/** Answers until it is closed; the event loop stands still meanwhile. */
function serve(worlds: WorldBatch): void {
  for (;;) {
    Atomics.wait(control, 0, THREAD.idle);
    if (Atomics.load(control, 0) === THREAD.closed) return;
    try {
      worlds.answer(control[1]!, request.subarray(0, control[2]!));
    } catch (error) {
      writeError(error);
    }
    Atomics.store(control, 0, THREAD.idle);
    Atomics.notify(control, 0);
  }
}

try {
  using worlds = await WorldBatch.open(await serveEnvironmentOf(hello), range, frame);
  report({ error: null });
  serve(worlds);
} catch (error) {
  report({ error: serializeError(error) });
}
