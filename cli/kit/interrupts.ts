import type { Interrupts } from "../../runtime/run/run_options.ts";

/**
 * Signals that follow one within this many ms are that one: a terminal sends Ctrl-C to `deno task`
 * and to us, and `deno task` passes its own on. No person is that quick.
 */
const ECHO_MS = 150;

/**
 * Listens for Ctrl-C and SIGTERM until disposed: the first asks to stop in good order, the second
 * to stop at once.
 *
 * @param onDrain Called at the first, to say so
 */
export function watchInterrupts(onDrain: () => void): Interrupts & Disposable {
  const drain = new AbortController(), kill = new AbortController();
  let last = -Infinity;
  function interrupt(): void {
    const now = performance.now(), echo = now - last < ECHO_MS;
    last = now;
    if (echo) return;
    if (drain.signal.aborted) return kill.abort();
    onDrain();
    drain.abort();
  }
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  return {
    drain: drain.signal,
    kill: kill.signal,
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGINT", interrupt);
      Deno.removeSignalListener("SIGTERM", interrupt);
    },
  };
}
