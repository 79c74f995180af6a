/// <reference lib="dom" />
import { rowSize } from "../core/episode.ts";
import { MAX_SHOWN, type PreviewModel, type PreviewState } from "../view/preview_messages.ts";
import { element } from "./elements.ts";
import { formatValue } from "./plots.ts";

/** Content of a row. */
interface RowSpec {
  readonly name: string;
  readonly description: string;
  readonly unit?: string;
  readonly components?: readonly string[];
}

/** A row of numbers for each quantity and each field of the observation. */
export class StateTable {
  readonly #quantities: readonly (readonly HTMLElement[])[];
  readonly #observation: readonly HTMLElement[];

  constructor(place: HTMLElement, { quantities, observation }: PreviewModel) {
    this.#quantities = quantities.map((quantity) =>
      addRow(place, quantity, quantity.components?.length ?? 1)
    );
    this.#observation = observation.flatMap((field) => {
      const size = rowSize(field.shape);
      const shown = addRow(place, field, Math.min(size, MAX_SHOWN));
      // What is not shown is not written, but the next field begins behind it.
      return [...shown, ...Array.from({ length: size - shown.length }, () => element("span"))];
    });
  }

  show({ quantities, observation }: PreviewState): void {
    this.#quantities.forEach((cells, i) => write(cells, quantities[i]!));
    write(this.#observation, observation);
  }
}

function addRow(place: HTMLElement, spec: RowSpec, size: number): HTMLElement[] {
  const row = element("tr", { title: spec.description }), values = element("td");
  row.dataset["name"] = spec.name;
  const unit = spec.unit === undefined ? "" : `, ${spec.unit}`;
  row.append(element("th", { textContent: `${spec.name.replaceAll("_", " ")}${unit}` }), values);
  const cells = Array.from({ length: size }, (_, i) => {
    const cell = element("span"), value = element("b");
    const component = spec.components?.[i];
    if (component !== undefined) cell.append(element("i", { textContent: `${component} ` }));
    cell.append(value);
    values.append(cell);
    return value;
  });
  place.append(row);
  return cells;
}

function write(cells: readonly HTMLElement[], values: readonly number[]): void {
  cells.forEach((cell, i) => cell.textContent = formatValue(values[i]!));
}
