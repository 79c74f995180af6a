import assert from "node:assert/strict";
import { untilAborted } from "../../../runtime/services/wait.ts";

Deno.test("untilAborted() gives work up when the signal aborts", async () => {
  const stop = new AbortController();
  const { promise, reject } = Promise.withResolvers<void>();
  const waiting = untilAborted(stop.signal, promise);
  stop.abort();
  await waiting;
  await untilAborted(stop.signal, promise);
  reject(new Error("nobody's concern"));
  await Promise.allSettled([promise]);
});

Deno.test("untilAborted() ends as the work does before the signal aborts", async () => {
  const { signal } = new AbortController();
  await untilAborted(signal, Promise.resolve());
  await assert.rejects(untilAborted(signal, Promise.reject(new Error("failed"))), /failed/);
});
