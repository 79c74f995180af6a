import assert from "node:assert/strict";
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatInstant,
  formatMetric,
  formatNumber,
  formatOrdinal,
  formatPercent,
  formatSeconds,
} from "../../view/format.ts";

Deno.test("formatCount() separates thousands", () => {
  assert.deepEqual([0, 999, 1000, 1234567, -4321].map(formatCount), [
    "0",
    "999",
    "1,000",
    "1,234,567",
    "−4,321",
  ]);
});

Deno.test("formatCounted() names one thing as one", () => {
  const texts = [0, 1, 2, 1234].map((count) => formatCounted(count, "file"));
  assert.deepEqual(texts, ["0 files", "1 file", "2 files", "1,234 files"]);
});

Deno.test("formatOrdinal() ends as the place is spoken", () => {
  const places = [1, 2, 3, 4, 11, 12, 13, 21, 112, 1003].map(formatOrdinal);
  assert.equal(places.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 112th 1,003rd");
});

Deno.test("formatNumber() keeps four significant digits and a real minus sign", () => {
  assert.deepEqual([0, 12, 0.123456, -3.14159, 12345.678, 2.5e-7, NaN].map(formatNumber), [
    "0",
    "12",
    "0.1235",
    "−3.142",
    "12,346",
    "2.50 × 10⁻⁷",
    "NaN",
  ]);
});

Deno.test("formatPercent() never rounds to all or nothing", () => {
  assert.deepEqual([0, 1, 0.5, 0.58, 0.123, 0.99999, 0.00001].map(formatPercent), [
    "0 %",
    "100 %",
    "50 %",
    "58 %",
    "12.3 %",
    "99.999 %",
    "0.001000 %",
  ]);
});

Deno.test("formatSeconds() changes its unit as people do", () => {
  assert.deepEqual([0.4, 9.999, 59.94, 59.96, 185, 8040].map(formatSeconds), [
    "0.40 s",
    "10.0 s",
    "59.9 s",
    "1 min 00 s",
    "3 min 05 s",
    "2 h 14 min",
  ]);
});

Deno.test("formatInstant() and formatMetric() read as their names ask", () => {
  assert.equal(formatInstant("2026-03-01T02:00:05.123Z"), "2026-03-01 02:00:05 UTC");
  assert.equal(formatInstant("yesterday"), "yesterday");
  assert.equal(formatMetric("success_rate", 0.5), "50 %");
  assert.equal(formatMetric("mean_error", 0.5), "0.5000");
});

Deno.test("formatBytes() takes the unit that leaves three digits", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 812_000, 1.3e9, 5e15].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "12.3 kB",
    "812 kB",
    "1.3 GB",
    "5000 TB",
  ]);
});
