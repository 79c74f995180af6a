/// <reference lib="dom" />
import { DURATION, type PushTMovement, STIFFNESS, WEIGHT } from "../sim/push_t/push_t_dmp.ts";
import { AGENT_START, BLOCK_START, WORLD_SIZE } from "../sim/push_t/push_t_scene.ts";
import type { PushTTrial } from "../sim/push_t/trial.ts";
import { element } from "./elements.ts";
import { Slider, sliderGroup, type SliderOptions } from "./slider.ts";

/** Weights of one axis. */
const BASIS = 3;

type Range = readonly [low: number, high: number];

/** The sliders of a movement and of the block, and the box of the forcing term. */
export class TrialControls {
  readonly #start: readonly Slider[];
  readonly #goal: readonly Slider[];
  readonly #duration: Slider;
  readonly #stiffness: Slider;
  /** Weights in the control space [−1, 1], however the forcing term is scaled. */
  readonly #weights: readonly (readonly Slider[])[];
  readonly #block: readonly Slider[];
  readonly #scaleForcing = element("input", { type: "checkbox", id: "scale-forcing" });

  /** @param onInput Called when a person has moved something */
  constructor(place: HTMLElement, onInput: () => void) {
    const slider = (
      id: string,
      label: string,
      [min, max]: Range,
      options: Pick<SliderOptions, "step" | "format">,
    ) => new Slider({ id, label, min, max, ...options, onInput });
    const inPixels = { step: 1, format: (value: number) => `${value} px` };
    const pair = (id: string, label: string, range: Range) => [
      slider(`${id}-x`, `${label} x`, range, inPixels),
      slider(`${id}-y`, `${label} y`, range, inPixels),
    ];
    this.#start = pair("start", "start", AGENT_START);
    this.#goal = pair("goal", "goal", [0, WORLD_SIZE]);
    this.#duration = slider("duration", "duration", DURATION, {
      step: 0.05,
      format: (value) => `${value.toFixed(2)} s`,
    });
    this.#stiffness = slider("stiffness", "stiffness", STIFFNESS, {
      step: 0.1,
      format: (value) => value.toFixed(1),
    });
    this.#weights = ["x", "y"].map((axis) =>
      Array.from(
        { length: BASIS },
        (_, i) =>
          slider(`weight-${axis}${i}`, `${axis} ${i + 1}`, [-1, 1], {
            step: 0.005,
            format: (value) => `${signed(value, 2)} → ${signed(value * WEIGHT[1], 1)}`,
          }),
      )
    );
    this.#block = [
      ...pair("block", "block", BLOCK_START),
      slider("block-angle", "angle", [-180, 180], {
        step: 1,
        format: (value) => `${value}°`.replace("-", "−"),
      }),
    ];
    this.#scaleForcing.addEventListener("change", onInput);
    const weights = sliderGroup("Weights, −1 to 1", this.#weights.flat());
    weights.append(labelled(this.#scaleForcing, "scale forcing by goal − start"));
    weights.classList.add("tall");
    place.append(
      sliderGroup("Movement", [...this.#start, ...this.#goal, this.#duration, this.#stiffness]),
      weights,
      sliderGroup("Block", this.#block),
    );
  }

  get scaleForcing(): boolean {
    return this.#scaleForcing.checked;
  }

  set scaleForcing(value: boolean) {
    this.#scaleForcing.checked = value;
  }

  get trial(): PushTTrial {
    const pairOf = (sliders: readonly Slider[]) => [sliders[0]!.value, sliders[1]!.value] as const;
    const weightsOf = (axis: number) =>
      this.#weights[axis]!.map((slider) => slider.value * WEIGHT[1]);
    const movement: PushTMovement = {
      start: pairOf(this.#start),
      goal: pairOf(this.#goal),
      duration: this.#duration.value,
      stiffness: this.#stiffness.value,
      weights: [weightsOf(0), weightsOf(1)],
    };
    const [x, y] = pairOf(this.#block);
    return { movement, block: [x, y, this.#block[2]!.value * Math.PI / 180] };
  }

  set trial({ movement, block }: PushTTrial) {
    const set = (sliders: readonly Slider[], values: readonly number[]) =>
      sliders.forEach((slider, i) => slider.value = values[i]!);
    set(this.#start, movement.start);
    set(this.#goal, movement.goal);
    this.#duration.value = movement.duration;
    this.#stiffness.value = movement.stiffness;
    for (const axis of [0, 1] as const) {
      set(this.#weights[axis]!, movement.weights[axis].map((weight) => weight / WEIGHT[1]));
    }
    set(this.#block, [block[0], block[1], block[2] * 180 / Math.PI]);
  }
}

/** A number that always has its sign, of one width. */
function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** A check box with its text. */
function labelled(box: HTMLInputElement, text: string): HTMLElement {
  const label = element("label", { className: "check" });
  label.append(box, text);
  return label;
}
