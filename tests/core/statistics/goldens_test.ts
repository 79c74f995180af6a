import assert from "node:assert/strict";
import { goldenDifferences } from "../../../bench/statistics/_statistics_goldens.ts";
import { simulateStudies } from "../../../bench/statistics/_statistics_studies.ts";
import { GOLDENS, STUDIES, TOLERANCE } from "../../../bench/statistics/statistics.ts";

Deno.test("statistics have the values of SciPy, statsmodels and NumPy", async () => {
  const golden = JSON.parse(await Deno.readTextFile(GOLDENS));
  for (const [name, difference] of Object.entries(goldenDifferences(golden))) {
    assert.ok(difference <= TOLERANCE, `${name} differs by ${difference}`);
  }
});

Deno.test("comparisons of equal variants raise few false alarms, and intervals cover the truth", () => {
  const studies = STUDIES / 10;
  const { falseAlarms, coverage } = simulateStudies(studies, 0);
  // Three standard deviations of a binomial count of so few studies.
  const most = 0.05 + 3 * Math.sqrt(0.05 * 0.95 / studies);
  for (const [design, share] of Object.entries(falseAlarms)) {
    assert.ok(share <= most, `${design}: ${share}`);
  }
  for (const [interval, share] of Object.entries(coverage)) {
    assert.ok(share >= 1 - most, `${interval}: ${share}`);
  }
});
