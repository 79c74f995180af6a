/**
 * Colours of charts, as the custom properties that `style.ts` sets for light, dark and print. The
 * pairs stay apart in grey and for colour-blind readers (after Okabe and Ito 2008).
 */
export const COLORS = {
  text: "var(--text)",
  muted: "var(--muted)",
  line: "var(--line)",
  surface: "var(--page)",
  good: "var(--blue)",
  bad: "var(--red)",
  series: ["var(--blue)", "var(--orange)", "var(--teal)", "var(--purple)", "var(--muted)"],
} as const;

/** The typeface of everything but code; no file is loaded for it. */
export const SANS = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif";
