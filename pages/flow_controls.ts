/// <reference lib="dom" />
import type {
  ExploreModel,
  FuturesAnswer,
  FuturesQuestion,
  TrialQuestion,
} from "../view/explore_page.ts";
import { post } from "./post.ts";
import { element } from "./elements.ts";
import { Slider } from "./slider.ts";

export interface FlowControlsOptions {
  readonly flow: NonNullable<ExploreModel["flow"]>;
  /** Called with the samples to show, null for none. */
  readonly onFutures: (futures: FuturesAnswer | null) => void;
  /** Reports an error to the person. */
  readonly say: (text: string) => void;
}

/**
 * Controls of whether, and how far ahead, samples of a flow are shown. One request is pending at a
 * time.
 */
export class FlowControls {
  readonly #options: FlowControlsOptions;
  readonly #shown = element("input", { type: "checkbox", id: "futures" });
  readonly #ahead: Slider;
  #wanted: FuturesQuestion | null = null;
  #present: { readonly trial: TrialQuestion; readonly step: number } | null = null;
  #posting = false;

  constructor(place: HTMLElement, options: FlowControlsOptions) {
    this.#options = options;
    const { maxSteps, samples } = options.flow;
    const box = element("label", { className: "check" });
    box.append(this.#shown, `show ${samples} sampled futures of agent and block`);
    this.#shown.addEventListener("change", () => this.#refresh());
    this.#ahead = new Slider({
      id: "ahead",
      label: "ahead",
      min: 1,
      max: maxSteps,
      step: 1,
      format: (value) => `${value} step${value === 1 ? "" : "s"}`,
      onInput: () => this.#refresh(),
    });
    this.#ahead.value = maxSteps;
    place.append(box, this.#ahead.element);
  }

  /** The state to look ahead from. */
  show(trial: TrialQuestion, step: number): void {
    this.#present = { trial, step };
    this.#refresh();
  }

  #refresh(): void {
    if (!this.#shown.checked || this.#present === null) return this.#options.onFutures(null);
    const { trial, step } = this.#present;
    this.#wanted = { ...trial, step, ahead: this.#ahead.value };
    if (!this.#posting) this.#postOn();
  }

  /** Asks for what is wanted last, until that is what is shown. */
  async #postOn(): Promise<void> {
    this.#posting = true;
    while (this.#wanted !== null) {
      const question = this.#wanted;
      this.#wanted = null;
      try {
        const futures = await post<FuturesAnswer>("/futures", question);
        if (this.#shown.checked) this.#options.onFutures(futures);
      } catch (error) {
        this.#options.say(String(error instanceof Error ? error.message : error));
      }
    }
    this.#posting = false;
  }
}
