/// <reference lib="dom" />

/**
 * Maximum duration of the transition from one state to the next: if longer, the display lags (ms).
 */
const LONGEST = 100;

/** Shows states that arrive one by one as one motion, drawn once per frame of the browser. */
export class Motion {
  readonly #draw: (poses: Float32Array, share: number) => void;
  #before: Float32Array<ArrayBufferLike> = new Float32Array();
  #now: Float32Array<ArrayBufferLike> = new Float32Array();
  #arrived = 0;
  #ms = 0;
  #isDrawing = false;

  /** @param draw Called with the poses of two states and the share of the way between them */
  constructor(draw: (poses: Float32Array, share: number) => void) {
    this.#draw = draw;
  }

  /** @param isNext Whether the state follows the one before, as time does */
  show(poses: Float32Array, isNext: boolean): void {
    const now = performance.now();
    this.#before = isNext ? this.#now : poses;
    this.#ms = isNext ? Math.min(LONGEST, now - this.#arrived) : 0;
    this.#now = poses;
    this.#arrived = now;
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame(): void {
    const passed = performance.now() - this.#arrived;
    const share = passed >= this.#ms ? 1 : passed / this.#ms;
    this.#draw(Float32Array.of(...this.#before, ...this.#now), share);
    this.#isDrawing = share < 1;
    if (this.#isDrawing) requestAnimationFrame(() => this.#frame());
  }
}
