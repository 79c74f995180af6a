import { renderTable } from "../cli/render/table.ts";

/** What a benchmark measured, beside a peer in the same run where there is one. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** The same work done by another tool. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What is asked of `value`, or of its ratio to the peer's: machines differ, ratios less. */
  readonly bar?: {
    readonly of: "value" | "ratio";
    readonly least?: number;
    readonly most?: number;
  };
}

/** Whether a figure is where its bar asks it to be; null where it has none. */
export function reachesBar({ value, peer, bar }: Figure): boolean | null {
  if (bar === undefined) return null;
  const { of, least = -Infinity, most = Infinity } = bar;
  const measured = of === "value" ? value : peer === undefined ? NaN : value / peer.value;
  return measured >= least && measured <= most;
}

/** Figures as a table of text. */
export function renderFigures(figures: readonly Figure[]): string {
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
    ],
    figures.map((figure) => {
      const { name, unit, value, peer, bar } = figure;
      const verdict = { true: "reached", false: "MISSED", null: "" }[String(reachesBar(figure))]!;
      return [
        name,
        formatValue(value),
        unit,
        peer === undefined ? "" : formatValue(peer.value),
        peer?.name ?? "",
        peer === undefined ? "" : (value / peer.value).toFixed(2),
        bar === undefined ? "" : formatBar(bar),
        verdict,
      ];
    }),
  );
}

function formatBar({ of, least, most }: NonNullable<Figure["bar"]>): string {
  const sign = least === undefined ? "≤" : "≥";
  return `${sign} ${least ?? most}${of === "ratio" ? " ×" : ""}`;
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

/**
 * Runs a Python program of `bench/peers` and reads the JSON that it printed last.
 *
 * @throws {Error} If it fails
 */
export async function runPeer(
  python: string,
  script: string,
  args: readonly string[],
): Promise<unknown> {
  const file = decodeURIComponent(new URL(`peers/${script}`, import.meta.url).pathname);
  const command = new Deno.Command(python, { args: [file, ...args], stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure a peer: ${script} ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}
