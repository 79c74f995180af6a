/** Seconds over which a rate is measured: long enough to be calm, short enough to be true. */
const WINDOW = 15;

/** Units a second of one stage, over the last few seconds. */
export class RateMeter {
  readonly #window: number;
  readonly #samples: { readonly seconds: number; readonly done: number }[] = [];

  /** @param window Seconds over which it is measured */
  constructor(window = WINDOW) {
    this.#window = window;
  }

  /** Enters what is done at a time; a stage that starts over is measured afresh. */
  record(seconds: number, done: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && done < last.done) this.#samples.length = 0;
    this.#samples.push({ seconds, done });
    // The sample before the window stays: the rate spans all of it.
    while (this.#samples.length > 2 && this.#samples[1]!.seconds < seconds - this.#window) {
      this.#samples.shift();
    }
  }

  /** Null until two times are known. */
  get rate(): number | null {
    const first = this.#samples[0], last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.seconds <= first.seconds) return null;
    return (last.done - first.done) / (last.seconds - first.seconds);
  }
}
