import type { Statistics } from "./bound_policy.ts";
import { refuse } from "./refuse.ts";

/** Statistics of each component; those that are not given change nothing. */
export function statisticsOf(
  { mean = 0, std = 1 }: {
    readonly mean?: number | readonly number[] | undefined;
    readonly std?: number | readonly number[] | undefined;
  },
  width: number,
  place: string,
): Statistics {
  const each = (name: string, value: number | readonly number[]) => {
    if (typeof value === "number") return Array<number>(width).fill(value);
    if (value.length === width) return value;
    throw refuse(`${place}.${name}`, {
      expected: `a number, or ${width}`,
      found: value.length,
      remedy: "write one for each component",
    });
  };
  return { mean: each("mean", mean), std: each("std", std) };
}
