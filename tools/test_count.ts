/** Counts of `deno test`. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** Names of tests and steps that were ignored, with their files, in order of their end. */
  readonly skipped: readonly string[];
}

/** `\x1b[32m`, as a terminal is told a colour. */
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g;

/** Reads the counts from the output of `deno test --parallel`; null if it has no summary. */
export function countTests(output: string): TestCount | null {
  const lines = output.replaceAll(COLOURS, "").split("\n");
  // "ok | 120 passed (3 steps) | 0 failed | 2 ignored (41s)"
  const summary = lines.findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line));
  const counted = /\| (\d+) passed.*\| (\d+) failed/.exec(summary ?? "");
  if (counted === null) return null;
  return {
    passed: Number(counted[1]),
    failed: Number(counted[2]),
    skipped: lines.flatMap((line) => {
      // "./tests/learn/policy_test.ts => exportOnnx() … (skipped: no Python) ... ignored (0ms)"
      const found = /^(?:\.\/)?(.*) \.\.\. ignored \(\d+\S*\)$/.exec(line);
      return found === null ? [] : [found[1]!];
    }),
  };
}
