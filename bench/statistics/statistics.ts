/**
 * Whether statistics say what is so: the largest difference from SciPy, statsmodels and NumPy, and
 * simulated studies in which nothing differs.
 *
 *     deno task bench statistics
 */
import type { BenchmarkOptions, Figure } from "../_figures.ts";
import { goldenDifferences, type StatisticsGoldens } from "./_statistics_goldens.ts";
import { simulateStudies } from "./_statistics_studies.ts";

/** Studies of one measurement; tests run a tenth. */
export const STUDIES = 1_000;

/** What the libraries found, where tests have it. */
export const GOLDENS = new URL("../../tests/golden/statistics/golden.json", import.meta.url);

/** What golden values may differ by: sums in another order, and roots to the last bits. */
export const TOLERANCE = 1e-9;

export async function measureStatistics(
  { seed, episodes: studies = STUDIES }: BenchmarkOptions,
): Promise<readonly Figure[]> {
  const golden: StatisticsGoldens = JSON.parse(await Deno.readTextFile(GOLDENS));
  const differences = Object.values(goldenDifferences(golden));
  const { falseAlarms, coverage } = simulateStudies(studies, seed);
  return [
    {
      id: "statistics.golden-difference",
      name: `${differences.length} functions, largest difference from SciPy and statsmodels`,
      unit: "",
      value: Math.max(...differences),
      bar: { of: "value", most: TOLERANCE },
    },
    ...Object.entries(falseAlarms).map(([design, value]): Figure => ({
      id: `statistics.false-alarms-${design}`,
      name: `false alarms of ${studies} A/A studies, ${design}`,
      unit: "",
      value,
      bar: { of: "value", most: 0.05 },
    })),
    ...Object.entries(coverage).flatMap(([interval, value]): Figure[] =>
      [{ least: 0.93 }, { most: 0.97 }].map((bar) => ({
        id: `statistics.coverage-${interval}-${"least" in bar ? "least" : "most"}`,
        name: `coverage of the 95 % interval, ${interval}`,
        unit: "",
        value,
        bar: { of: "value", ...bar },
      }))
    ),
  ];
}
