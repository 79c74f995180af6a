import { renderTable } from "../cli/render/table.ts";

/** Options of a benchmark. */
export interface BenchmarkOptions {
  /** Seed of everything drawn: worlds, data, weights. */
  readonly seed: number;
  /** Size of the job, for benchmarks that have one; their own where it is undefined. */
  readonly episodes: number | undefined;
  /** Another checkout, for benchmarks that measure by its commands. */
  readonly checkout?: string;
}

/** Measures some figures. */
export type Benchmark = (options: BenchmarkOptions) => Promise<readonly Figure[]>;

/** Measured figure of a benchmark, beside a peer in the same run if there is one. */
export interface Figure {
  /** Permanent identifier, `<benchmark>.<figure>`: names may improve, ids stay. */
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** The same work done by another tool. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** Bar for `value`, or for its ratio to the peer's or to `before`: machines differ, ratios less. */
  readonly bar?: {
    readonly of: "value" | "ratio" | "change";
    readonly least?: number;
    readonly most?: number;
  };
  /** The same figure of another commit, measured in the same run; absent if none was asked for. */
  readonly before?: { readonly commit: string; readonly value: number };
}

/** A figure's share of its peer's; null if it has none. */
export function ratioOf({ value, peer }: Figure): number | null {
  return peer === undefined ? null : value / peer.value;
}

/** Whether a figure is where its bar asks it to be; null if it has none, or nothing to compare. */
export function reachesBar(figure: Figure): boolean | null {
  if (figure.bar === undefined) return null;
  const { of, least = -Infinity, most = Infinity } = figure.bar, { value, before } = figure;
  if (of === "change" && before === undefined) return null;
  const measured = of === "value"
    ? value
    : of === "ratio"
    ? ratioOf(figure) ?? NaN
    : value / before!.value;
  return measured >= least && measured <= most;
}

/** Figures as one line of JSON, for programs; a number that could not be measured is null. */
export function formatFigures(figures: readonly Figure[]): string {
  return JSON.stringify({
    figures: figures.map((figure) => ({
      id: figure.id,
      value: figure.value,
      unit: figure.unit,
      peer: figure.peer ?? null,
      ratio: ratioOf(figure),
      bar: figure.bar ?? null,
      passed: reachesBar(figure),
      ...(figure.before === undefined ? {} : {
        before: figure.before,
        change: figure.value / figure.before.value,
      }),
    })),
  });
}

/** Figures as a table of text. */
export function renderFigures(figures: readonly Figure[]): string {
  const compared = figures.some(({ before }) => before !== undefined);
  return renderTable(
    [
      { title: "figure" },
      { title: "measured", align: "right" },
      { title: "unit" },
      { title: "beside", align: "right" },
      { title: "peer" },
      { title: "ratio", align: "right" },
      { title: "bar", align: "right" },
      { title: "" },
      ...(compared
        ? [{ title: "before", align: "right" }, { title: "now", align: "right" }] as const
        : []),
    ],
    figures.map((figure) => {
      const { name, unit, value, peer, bar, before } = figure;
      const change = before === undefined
        ? ["", ""]
        : [formatValue(before.value), `${(value / before.value).toFixed(2)} ×`];
      const verdict = { true: "reached", false: "MISSED", null: "" }[String(reachesBar(figure))]!;
      return [
        name,
        formatValue(value),
        unit,
        peer === undefined ? "" : formatValue(peer.value),
        peer?.name ?? "",
        ratioOf(figure)?.toFixed(2) ?? "",
        bar === undefined ? "" : formatBar(bar),
        verdict,
        ...(compared ? change : []),
      ];
    }),
  );
}

function formatBar({ of, least, most }: NonNullable<Figure["bar"]>): string {
  const sign = least === undefined ? "≤" : "≥";
  return `${sign} ${least ?? most}${of === "value" ? "" : " ×"}`;
}

function formatValue(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

/** The middle of some numbers; the upper of the two where their count is even. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/**
 * Medians of competitors that are measured in turn, so that a busy moment of the machine hits all of
 * them. The first round warms up and does not count.
 */
export async function takeTurns<Name extends string>(
  rounds: number,
  competitors: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(competitors) as Name[]; // its own keys
  const found = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const value = await competitors[name]();
      if (round > 0) found.get(name)!.push(value);
    }
  }
  const medians = names.map((name) => [name, median(found.get(name)!)]);
  return Object.fromEntries(medians) as Record<Name, number>; // one a name
}

/** The rate of a training on two threads beside that on one. */
export function threadsFigure(
  id: string,
  name: string,
  { one, two, least }: Readonly<Record<"one" | "two" | "least", number>>,
): Figure {
  return {
    id,
    name: `${name}, two threads`,
    unit: "steps/s",
    value: two,
    peer: { name: "one thread", value: one },
    bar: { of: "ratio", least },
  };
}

/**
 * Runs a Python program of `bench/peers` and reads the JSON that it printed last.
 *
 * @throws {Error} If it fails
 */
export async function runPeer<Printed>(
  python: string,
  script: string,
  args: readonly string[],
): Promise<Printed> {
  const file = decodeURIComponent(new URL(`peers/${script}`, import.meta.url).pathname);
  const command = new Deno.Command(python, { args: [file, ...args], stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure a peer: ${script} ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}
