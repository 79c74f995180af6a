import { setImmediate } from "node:timers";

/** Steps after which pending events are looked at: some ms of any simulator. */
const TURN_STEPS = 200;

/** Lets an abort arrive, which comes as a message where a rollout runs on a thread. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #steps = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /**
   * Counts steps, and now and then waits for pending events.
   *
   * @throws The signal's reason, if it was aborted
   */
  async after(steps: number): Promise<void> {
    this.#steps += steps;
    if (this.#steps < TURN_STEPS) return;
    this.#steps = 0;
    await new Promise((resolve) => setImmediate(resolve));
    this.#signal?.throwIfAborted();
  }
}
