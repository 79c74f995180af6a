import { type EpisodeSchema, type FieldSpec, rowSize } from "../core/episode.ts";
import type { EpisodeView, Quantity } from "../sim/mod.ts";
import { formatNumber } from "./format.ts";
import type { PlotLine, PlotModel } from "./replay_page.ts";

/** Number of components beyond which lines can no longer be told apart; images are such fields. */
const MAX_LINES = 16;

/** Digits that a plot can show, and that tell two quantities apart. */
const PLOT_DIGITS = 7, TWIN_DIGITS = 5;

export interface ReplayPlotsOptions {
  readonly schema: EpisodeSchema;
  readonly recorded: EpisodeView;
  /** Simulated episode, with some of the recorded columns. */
  readonly replayed: EpisodeView;
  readonly quantities: readonly Quantity[];
  /** `[steps + 1]` recorded and replayed observations. */
  readonly observations: Both<readonly Float32Array[]>;
}

/** Recorded value and its replayed counterpart. */
export interface Both<Value> {
  readonly recorded: Value;
  readonly replayed: Value;
}

/** A field over the states of an episode; a state that has no value has null. */
interface Series {
  readonly spec: Pick<FieldSpec, "name" | "description" | "unit" | "components">;
  readonly stepped: boolean;
  /** `[components][steps + 1]`. */
  readonly rows: Both<readonly (readonly (number | null)[])[]>;
}

/** Plots of an episode, and what did not change in it, as text. */
export interface ReplayPlots {
  readonly plots: readonly PlotModel[];
  readonly constants: readonly (readonly [name: string, value: string])[];
}

/**
 * Prepares the plots: quantities of the environment, reward, action, observations, and infos that
 * do not repeat the same numbers.
 */
export function plotReplay(options: ReplayPlotsOptions): ReplayPlots {
  const { schema, quantities } = options;
  const order = ["reward", "action", "observation/", "info/", ""];
  const rank = ({ name }: FieldSpec) => order.findIndex((prefix) => name.startsWith(prefix));
  const fields = schema.step
    .filter(({ name, shape }) => name !== "time" && rowSize(shape) <= MAX_LINES)
    .toSorted((a, b) => rank(a) - rank(b));
  const seen = new Set<string>();
  const plots: PlotModel[] = [];
  const constants: [string, string][] = [];
  const all = [
    ...quantities.map((quantity) => quantitySeries(quantity, options)),
    ...fields.map((field) => fieldSeries(field, options)),
  ];
  for (const series of all) {
    const { name, unit } = series.spec, shown = series.rows.recorded;
    // Of an episode that other tools recorded, not everything is known.
    if (shown.every((line) => line.every((value) => value === null))) continue;
    const prints = [...shown, ...series.rows.replayed].map(fingerprint);
    if (prints.every((print) => seen.has(print))) continue;
    for (const print of prints) seen.add(print);
    if ([...shown, ...series.rows.replayed].every(isConstant)) {
      const values = shown.map((line) => line.find((value) => value !== null) ?? NaN);
      constants.push([name, `${values.map(formatNumber).join("  ")} ${unit ?? ""}`.trim()]);
    } else {
      plots.push(plotOf(series));
    }
  }
  return { plots, constants };
}

function quantitySeries(quantity: Quantity, { observations }: ReplayPlotsOptions): Series {
  const size = quantity.components?.length ?? 1;
  const rows = (states: readonly Float32Array[]) => {
    const values = states.map((observation) => quantity.of(observation));
    return columns(size, states.length, (state, i) => values[state]![i]!);
  };
  return {
    spec: quantity,
    stepped: false,
    rows: { recorded: rows(observations.recorded), replayed: rows(observations.replayed) },
  };
}

function fieldSeries(field: FieldSpec, { recorded, replayed }: ReplayPlotsOptions): Series {
  const was = statesOf(recorded, field), is = statesOf(replayed, field);
  return {
    spec: field,
    stepped: field.name.startsWith("action"),
    // What the simulator does not give is what was recorded.
    rows: { recorded: was!, replayed: is ?? was! },
  };
}

/** A step column by state: observations are of the state before, rewards and infos of that after. */
function statesOf(episode: EpisodeView, { name }: FieldSpec) {
  if (name.startsWith("observation/") && episode.step(name) !== undefined) {
    const { data, size, count } = episode.states(name.slice("observation/".length));
    return columns(size, count, (state, i) => data[state * size + i]!);
  }
  const column = episode.step(name);
  if (column === undefined) return undefined;
  const { data, size, count } = column;
  const shift = name === "reward" || name.startsWith("info/") ? 1 : 0;
  const final = episode.episode(`final_${name}`);
  return columns(size, count + 1, (state, i) => {
    const row = state - shift;
    if (row < 0) return null;
    if (row === count && final !== undefined) return Number(final[i]);
    // An action lasts until the end of its step.
    return Number(data[Math.min(row, count - 1) * size + i]);
  });
}

function columns(
  size: number,
  states: number,
  valueAt: (state: number, component: number) => number | null,
): readonly (readonly (number | null)[])[] {
  return Array.from(
    { length: size },
    (_, component) =>
      Array.from({ length: states }, (_, state) => {
        const value = valueAt(state, component);
        return value === null || !Number.isFinite(value)
          ? null
          : Number(value.toPrecision(PLOT_DIGITS));
      }),
  );
}

function plotOf({ spec, stepped, rows }: Series): PlotModel {
  const lines = rows.recorded.flatMap((values, i): PlotLine[] => {
    const label = spec.components?.[i] ?? (rows.recorded.length === 1 ? "" : `[${i}]`);
    const again = rows.replayed[i]!;
    const line = { label, values, stepped, dashed: false };
    const differs = again.some((value, state) => value !== values[state]);
    return differs ? [line, { ...line, values: again, dashed: true }] : [line];
  });
  return {
    title: spec.name.replace(/^(observation|info)\//, "").replaceAll("_", " "),
    description: spec.description,
    unit: spec.unit ?? "",
    lines,
  };
}

function isConstant(values: readonly (number | null)[]): boolean {
  const present = values.filter((value) => value !== null);
  return present.every((value) => value === present[0]);
}

/**
 * Returns a fingerprint of values. Infos start one state later than observations, which is not a
 * difference.
 */
function fingerprint(values: readonly (number | null)[]): string {
  return values.slice(1).map((value) => value?.toPrecision(TWIN_DIGITS)).join();
}
