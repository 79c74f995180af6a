/// <reference lib="dom" />
import { type FieldSpec, rowSize } from "../core/episode.ts";
import { boundsOf } from "../sim/world/spaces.ts";
import { formatValue } from "./plots.ts";
import { Slider } from "./slider.ts";

/** Positions of a slider, and how far one goes whose component has no bound. */
const POSITIONS = 1000, UNBOUNDED = 10;

/** Sliders for the components of an action, which follow the policy until a person takes them. */
export class ActionSliders {
  readonly #sliders: readonly Slider[];

  /** @param onAsk Called with the component that a person has moved, and to what */
  constructor(
    place: HTMLElement,
    field: FieldSpec,
    onAsk: (component: number, value: number) => void,
  ) {
    const { shape, components, unit } = field;
    this.#sliders = Array.from({ length: rowSize(shape) }, (_, i) => {
      const [low, high] = boundsOf(field, i);
      const min = Number.isFinite(low) ? low : -UNBOUNDED;
      const max = Number.isFinite(high) ? high : UNBOUNDED;
      const slider: Slider = new Slider({
        id: `action-${i}`,
        label: (components?.[i] ?? `[${i}]`).replaceAll("_", " "),
        min,
        max,
        step: (max - min) / POSITIONS,
        format: (value) => `${formatValue(value)}${unit === undefined ? "" : ` ${unit}`}`,
        onInput: () => onAsk(i, slider.value),
      });
      place.append(slider.element);
      return slider;
    });
  }

  show(action: readonly number[]): void {
    this.#sliders.forEach((slider, i) => slider.value = action[i]!);
  }
}
