/** Whether larger values of a metric are better. */
export function higherIsBetter(metric: string, better?: "higher" | "lower"): boolean {
  if (better !== undefined) return better === "higher";
  return !/(?:error|loss|nll|falls|length|steps|seconds|rejected)/.test(metric);
}
