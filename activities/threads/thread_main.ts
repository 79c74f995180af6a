/** Entry of a thread of {@linkcode ThreadPool}: runs one operation at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { serializeError } from "../../core/errors.ts";
import { countMarks, markProgress } from "../../core/progress_mark.ts";
import { createdBytes, preferKernels } from "../../learn/mod.ts";
import { getEnvironment } from "../../sim/mod.ts";
import {
  BucketRoot,
  CACHE_BYTES,
  namedError,
  openBlobs,
  trimWorkingRoot,
} from "../../store/mod.ts";
import { warmReport } from "../report/warm_report.ts";
import { operationOf, worksWithoutModules } from "../stages/operations.ts";
import { importModule } from "./import_module.ts";
import type { ThreadData, ThreadReply, ThreadRequest } from "./thread_pool.ts";

// The pool that starts this file gives both.
const port = parentPort!;
const { root, bucket: access, cacheBytes, modules, kernels, marks }: ThreadData = workerData;
const bucket = access === undefined ? undefined : new BucketRoot(root, openBlobs(access));
countMarks(marks);
preferKernels(kernels);
const ready = Promise.all(modules.map(importModule));
ready.catch(() => {}); // each operation that needs them fails with it
const running = new Map<number, AbortController>();

function reply(message: ThreadReply): void {
  port.postMessage(message);
}

async function run(request: ThreadRequest & { type: "run" }): Promise<void> {
  const { id, name, input, spareThreads } = request;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    if (worksWithoutModules(name)) await Promise.allSettled([ready]);
    else await ready;
    const work = operationOf(name)(input, {
      root,
      ...(bucket && { bucket }),
      spareThreads,
      now: () => new Date(),
      signal: controller.signal,
      onProgress: (progress: unknown) => {
        markProgress();
        reply({ type: "progress", id, progress });
      },
      onOutput: (line, source) => reply({ type: "output", id, output: { line, source } }),
    });
    const result = await work.finally(tidy);
    reply({ type: "result", id, result, heldBytes: heldBytesNow() });
  } catch (error) {
    const heldBytes = heldBytesNow();
    reply({ type: "error", id, error: serializeError(namedError(error)), heldBytes });
  } finally {
    running.delete(id);
  }
}

/** Operations between two looks at the size of the working root, which take some milliseconds. */
const TRIM_INTERVAL = 32;

let operations = 0;

/** Lets stages go that an operation used, and drops some where the working root is too large. */
async function tidy(): Promise<void> {
  if (bucket === undefined) return;
  await bucket.uses.release();
  if (operations++ % TRIM_INTERVAL === 0) await trimWorkingRoot(bucket, cacheBytes ?? CACHE_BYTES);
}

/**
 * Returns an upper bound of what operations have left in this thread: arrays, and memories of
 * kernels, of which V8 does not tell when it has freed them (bytes).
 */
function heldBytesNow(): number {
  return Deno.memoryUsage().external + createdBytes();
}

/** Loads an engine: a fault of it is told by the stage that needs it. */
async function warm(environment: string): Promise<void> {
  await ready;
  using _world = await getEnvironment(environment).create();
}

port.on("message", (request: ThreadRequest) => {
  if (request.type === "run") run(request);
  else if (request.type === "warm") warm(request.environment).catch(() => {});
  else if (request.type === "warm report") warmReport().catch(() => {}); // closeRun() tells the fault
  else running.get(request.id)?.abort();
});
