import type { Interrupts } from "./run_control.ts";

/**
 * Listens for Ctrl-C and SIGTERM until disposed: the first asks to stop in good order, the second
 * to stop at once.
 *
 * @param onDrain Called at the first, to say so
 */
export function watchInterrupts(onDrain: () => void): Interrupts & Disposable {
  const drain = new AbortController(), kill = new AbortController();
  function interrupt(): void {
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
