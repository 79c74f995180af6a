/// <reference lib="dom" />
import type { ExpertSchedule } from "../sim/mod.ts";
import { element } from "./elements.ts";

type Bar = ExpertSchedule["bars"][number];

/**
 * A schedule as a chart, one row per part, with a mark at the present and what moves now in colour.
 */
export class ScheduleView {
  readonly #bars: readonly { readonly bar: Bar; readonly shown: HTMLElement }[];
  readonly #marks: readonly HTMLElement[];
  readonly #steps: number;

  constructor(place: HTMLElement, { bars, controlHz }: ExpertSchedule) {
    const steps = this.#steps = Math.max(1, ...bars.map(({ end }) => end));
    const rows = [...new Set(bars.map(({ row }) => row))];
    const tracks = new Map(rows.map((row) => [row, element("div", { className: "track" })]));
    this.#bars = bars.map((bar) => {
      const { row, name, begin, end } = bar;
      const seconds = [begin, end].map((step) => (step / controlHz).toFixed(1)).join(" to ");
      const title = `${name}: steps ${begin} to ${end}, ${seconds} s`;
      const shown = element("span", { className: "bar", textContent: name, title });
      shown.style.left = `${100 * begin / steps}%`;
      shown.style.width = `${100 * (end - begin) / steps}%`;
      tracks.get(row)!.append(shown); // one a row
      return { bar, shown };
    });
    this.#marks = [...tracks].map(([row, track]) => {
      const mark = element("span", { className: "mark" });
      track.append(mark);
      place.append(element("span", { textContent: row }), track);
      return mark;
    });
    place.classList.add("schedule");
  }

  /** @param step Control steps of the plan that are done, null if it is not followed */
  show(step: number | null): void {
    for (const { bar: { begin, end }, shown } of this.#bars) {
      shown.classList.toggle("now", step !== null && begin <= step && step < end);
    }
    for (const mark of this.#marks) {
      mark.hidden = step === null;
      mark.style.left = `${100 * (step ?? 0) / this.#steps}%`;
    }
  }
}
