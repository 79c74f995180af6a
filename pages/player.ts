/// <reference lib="dom" />
import { button, element } from "./elements.ts";

/** Playback speeds, as multiples of real time. */
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

export interface PlayerOptions {
  /** Element that holds the controls. */
  readonly place: HTMLElement;
  /** Control steps of the episode; see {@linkcode Player.load}. */
  readonly steps: number;
  /** Control steps per second. */
  readonly controlHz: number;
  /** Called with the steps done, a fraction between two states, whenever it changes. */
  readonly onMove: (step: number) => void;
}

/** Play, pause, scrub, speed, and the keys that do the same. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #slider = element("input", {
    type: "range",
    min: "0",
    step: "1",
    value: "0",
    id: "time",
    ariaLabel: "Time",
  });
  readonly #readout = element("output", { id: "readout" });
  readonly #play = button("Play", () => this.toggle(), { className: "primary", id: "play" });
  readonly #speed = element("select", { id: "speed", ariaLabel: "Speed" });
  readonly #loop = element("input", { type: "checkbox", id: "loop" });
  #steps = 0;
  #step = 0;
  #playing = false;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#slider.addEventListener("input", () => {
      this.pause();
      this.seek(Number(this.#slider.value));
    });
    for (const speed of SPEEDS) {
      this.#speed.append(new Option(`${speed} ×`, String(speed), speed === 1, speed === 1));
    }
    const loop = element("label", { className: "check" });
    loop.append(this.#loop, "Loop");
    options.place.append(
      this.#slider,
      button("|◂", () => this.#jump(0), { title: "First state (Home)" }),
      button("◂", () => this.#jump(Math.ceil(this.#step) - 1), { title: "One step back (←)" }),
      this.#play,
      button("▸", () => this.#jump(Math.floor(this.#step) + 1), { title: "One step forward (→)" }),
      button("▸|", () => this.#jump(this.#steps), { title: "Last state (End)" }),
      this.#readout,
      element("span", { className: "space" }),
      loop,
      this.#speed,
    );
    document.addEventListener("keydown", (event) => this.#onKey(event));
    this.load(options.steps);
  }

  /** Begins another episode. */
  load(steps: number): void {
    this.pause();
    this.#steps = steps;
    this.#slider.max = String(steps);
    this.#play.disabled = this.#slider.disabled = steps === 0;
    this.seek(0);
  }

  toggle(): void {
    if (this.#playing) this.pause();
    else this.play();
  }

  /** Plays from the current time, or from the start if it is at the end. */
  play(): void {
    if (this.#step >= this.#steps) this.seek(0);
    this.#playing = true;
    this.#play.textContent = "Pause";
    let last = performance.now();
    const advance = (now: number) => {
      if (!this.#playing) return;
      const steps = this.#steps, { controlHz } = this.#options;
      const next = this.#step + (now - last) / 1000 * controlHz * Number(this.#speed.value);
      last = now;
      this.seek(this.#loop.checked && next >= steps ? 0 : next);
      if (this.#step >= steps) return this.pause();
      requestAnimationFrame(advance);
    };
    requestAnimationFrame(advance);
  }

  pause(): void {
    this.#playing = false;
    this.#play.textContent = "Play";
  }

  /** @param step Steps done; brought into the episode */
  seek(step: number): void {
    const steps = this.#steps, { controlHz, onMove } = this.#options;
    this.#step = Math.min(steps, Math.max(0, step));
    this.#slider.value = String(Math.round(this.#step));
    const seconds = (value: number) => (value / controlHz).toFixed(2);
    this.#readout.textContent = steps === 0
      ? "Nothing to play yet"
      : `${seconds(this.#step)} of ${seconds(steps)} s · step ${
        Math.floor(this.#step)
      } of ${steps}`;
    this.#slider.setAttribute("aria-valuetext", this.#readout.textContent);
    onMove(this.#step);
  }

  #jump(step: number): void {
    this.pause();
    this.seek(step);
  }

  #onKey(event: KeyboardEvent): void {
    const isControl = event.target instanceof Element &&
      event.target.matches("input, select, button, summary");
    if (event.altKey || event.ctrlKey || event.metaKey || isControl) return;
    const actions: Readonly<Record<string, () => void>> = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.#jump(Math.ceil(this.#step) - 1),
      ArrowRight: () => this.#jump(Math.floor(this.#step) + 1),
      Home: () => this.#jump(0),
      End: () => this.#jump(this.#steps),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}
