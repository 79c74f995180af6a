import { SluiceError } from "../../core/errors.ts";
import { watchInterrupts } from "./interrupts.ts";
import { noteLine } from "./output.ts";
import { LiveArea, terminalTraits } from "./terminal.ts";

/** A person stopped a command. */
export class InterruptedError extends SluiceError {
  override get exitStatus(): number {
    return 130;
  }
}

/** Options of work in the foreground. */
export interface ForegroundOptions {
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Shows how far it has come, as one line: "Writing reach.h5: 320 of 1,000 episodes". */
  readonly show: (line: string) => void;
}

/** Seconds between two lines where there is no terminal. */
const LINE_INTERVAL = 10;

/**
 * Does the work of a command itself: it shows progress and can be stopped.
 *
 * @param consequence What an interruption leaves: "nothing was written"
 * @throws {InterruptedError} If the person stopped it
 */
export async function inForeground<Result>(
  consequence: string,
  work: (options: ForegroundOptions) => Promise<Result>,
): Promise<Result> {
  using display = terminalTraits().live ? new LiveLine() : new LoggedLines();
  using interrupts = watchInterrupts(() => display.show("Stopping"));
  try {
    return await work({ signal: interrupts.drain, show: (line) => display.show(line) });
  } catch (error) {
    if (!interrupts.drain.aborted) throw error;
    throw new InterruptedError(`Interrupted: ${consequence}`);
  }
}

class LiveLine implements Disposable {
  readonly #area = new LiveArea();

  show(line: string): void {
    this.#area.update(line);
  }

  [Symbol.dispose](): void {
    this.#area.update("");
    this.#area[Symbol.dispose]();
  }
}

/** Says nothing of what is done within an interval. */
class LoggedLines implements Disposable {
  #last = performance.now() / 1000;

  show(line: string): void {
    const now = performance.now() / 1000;
    if (now - this.#last < LINE_INTERVAL) return;
    this.#last = now;
    noteLine(line);
  }

  [Symbol.dispose](): void {}
}
