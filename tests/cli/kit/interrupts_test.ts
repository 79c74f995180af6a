import assert from "node:assert/strict";
import { watchInterrupts } from "../../../cli/kit/interrupts.ts";

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

Deno.test("watchInterrupts() takes Ctrl-C and its echo by deno task for one, a later one for a second", async () => {
  let notes = 0;
  const alive = setInterval(() => {}, 1000); // listeners to signals keep no process waiting
  using interrupts = watchInterrupts(() => notes++);
  // Another signal tells that those before it have arrived.
  const seen = new Promise<void>((resolve) => {
    const listener = () => {
      Deno.removeSignalListener("SIGUSR1", listener);
      resolve();
    };
    Deno.addSignalListener("SIGUSR1", listener);
  });
  // Not SIGINT: the test runner has its own use for it.
  Deno.kill(Deno.pid, "SIGTERM");
  await aborted(interrupts.drain);
  Deno.kill(Deno.pid, "SIGTERM");
  Deno.kill(Deno.pid, "SIGUSR1");
  await seen;
  assert.ok(!interrupts.kill.aborted);
  // Neither a terminal nor deno task waits this long.
  await new Promise((resolve) => setTimeout(resolve, 200));
  Deno.kill(Deno.pid, "SIGTERM");
  await aborted(interrupts.kill);
  assert.equal(notes, 1);
  clearInterval(alive);
});
