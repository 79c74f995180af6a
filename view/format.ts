/** Texts of numbers: a real minus sign, thousands by comma, no binary noise. */

/** A true minus sign is as wide as a digit, so columns stay aligned. */
function withMinus(text: string): string {
  return text.replace(/^-/, "−");
}

/** An integer with thousands separators: `12,345`. */
export function formatCount(value: number): string {
  return withMinus(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ","));
}

/** A number of things, by the name of one of them: `1 file`, `1,234 files`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd" };

/** A place in an order, from 1: `1st`, `12th`, `1,003rd`. */
export function formatOrdinal(place: number): string {
  return formatCount(place) + (ENDINGS[ORDINALS.select(place)] ?? "th");
}

/** A number with a fixed count of decimals: `−1,234.50`. */
function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return withMinus(String(value));
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const zero = /^[0.]*$/.test(whole + (fraction ?? ""));
  return `${value < 0 && !zero ? "−" : ""}${grouped}${
    fraction === undefined ? "" : "." + fraction
  }`;
}

/** A number to four significant digits, in powers of ten where it is tiny or huge. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return formatCount(value);
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return withMinus(String(value));
  if (magnitude < 1e-3 || magnitude >= 1e9) {
    const [mantissa = "", exponent = ""] = value.toExponential(2).split("e");
    return `${withMinus(mantissa)} × 10${superscript(Number(exponent))}`;
  }
  return formatFixed(value, decimalsFor([value]));
}

/** Decimals that show the largest of some numbers to four significant digits, at most six. */
function decimalsFor(values: readonly number[]): number {
  const largest = Math.max(...values.filter(Number.isFinite).map(Math.abs), 0);
  if (largest === 0) return 1;
  return Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(largest))));
}

/** A share in [0, 1] as a percentage with one decimal; never rounded up to 100 or down to 0. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 99.9 && percent < 100) {
    return `${formatFixed(Math.floor(percent * 1000) / 1000, 3)} %`;
  }
  if (percent > 0 && percent < 0.1) return `${formatNumber(percent)} %`;
  const rounded = Math.round(percent * 10) / 10;
  return `${formatFixed(rounded, Number.isInteger(rounded) ? 0 : 1)} %`;
}

/** A duration: `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 14 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.995) return `${formatFixed(seconds, 2)} s`;
  if (seconds < 59.95) return `${formatFixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

/** A point in time, without the fraction of a second: `2026-03-01 02:00:05 UTC`. */
export function formatInstant(iso: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}

/** Pattern of the names of shares and of the ends of their intervals, except learning rates. */
const SHARE = /(?<!learning)_rate(_|$)/;

/** Formats a metric or count according to its name: shares as percentages. */
export function formatMetric(name: string, value: number | string): string {
  if (typeof value === "string") return value;
  return SHARE.test(name) && value >= 0 && value <= 1 ? formatPercent(value) : formatNumber(value);
}

/** Exponents are set raised, so that no markup is needed. */
function superscript(exponent: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return [...String(exponent)].map((c) => c === "-" ? "⁻" : digits[Number(c)]!).join("");
}

/** A size on disk: `812 kB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"] as const;
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
