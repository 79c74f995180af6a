/// <reference lib="dom" />
import { element } from "./elements.ts";

export interface SliderOptions {
  readonly id: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value as text, with its unit. */
  readonly format: (value: number) => string;
  readonly onInput: () => void;
}

/** A labelled slider that says its value. */
export class Slider {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #output = element("output");
  readonly #format: (value: number) => string;

  constructor({ id, label, min, max, step, format, onInput }: SliderOptions) {
    this.#format = format;
    this.#input = element("input", {
      type: "range",
      id,
      min: String(min),
      max: String(max),
      step: String(step),
    });
    this.element = element("label", { className: "slider" });
    this.element.append(element("span", { textContent: label }), this.#input, this.#output);
    this.#input.addEventListener("input", () => {
      this.#say();
      onInput();
    });
  }

  get value(): number {
    return Number(this.#input.value);
  }

  /** Brought into its range, on its grid; `onInput` is not called. */
  set value(value: number) {
    this.#input.value = String(value);
    this.#say();
  }

  #say(): void {
    const text = this.#format(this.value);
    this.#output.textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
  }
}

/** A group of sliders under a heading. */
export function sliderGroup(title: string, sliders: readonly Slider[]): HTMLFieldSetElement {
  const group = element("fieldset");
  group.append(
    element("legend", { textContent: title }),
    ...sliders.map((slider) => slider.element),
  );
  return group;
}
