import { monotonicMs } from "../../core/monotonic.ts";

/** What a transfer may take beyond the time of its bytes, in times of `idle`. */
const PATIENCE = 3;

/** Bounds the time of a transfer: silence ends it, and so does a trickle. */
export class Pace {
  readonly #idle: number;
  readonly #slowest: number;
  readonly #abort = new AbortController();
  readonly #started = monotonicMs();
  #bytes: number;
  #timer: ReturnType<typeof setTimeout>;
  #fault: string | null = null;

  /**
   * @param limits `idle`: time without a byte (ms); `slowest`: rate (bytes/s)
   * @param sent Bytes that are sent first, of whose progress nothing is known
   */
  constructor(
    { idle, slowest }: { readonly idle: number; readonly slowest: number },
    sent: number,
  ) {
    this.#idle = idle;
    this.#slowest = slowest;
    this.#bytes = sent;
    this.#timer = this.#await(idle + this.#due);
  }

  /** Aborts when the transfer is to be given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it was given up, null if it was not. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Tells of bytes that have arrived. */
  received(count: number): void {
    this.#bytes += count;
    clearTimeout(this.#timer);
    const left = this.#started + PATIENCE * this.#idle + this.#due - monotonicMs();
    this.#timer = this.#await(Math.min(left, this.#idle));
  }

  /** Stops watching. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Time that the bytes may take (ms). */
  get #due(): number {
    return this.#bytes / this.#slowest * 1000;
  }

  #await(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#fault = ms < this.#idle
        ? `less than ${this.#slowest / 1000} kB/s`
        : `nothing for ${this.#idle / 1000} s`;
      this.#abort.abort();
    }, ms);
  }
}
