import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { displayPath } from "../data/data_root.ts";

/** A summary whose places can be opened from the directory `from`, as `--json` prints them. */
export function locateSummary(
  summary: RunSummary,
  { root, from }: { readonly root: string; readonly from: string },
): RunSummary {
  const at = (path: string) => displayPath(join(root, path), from);
  const stages = Object.entries(summary.stages).map(([name, stage]) =>
    [name, { ...stage, path: at(stage.path) }] as const
  );
  return { ...summary, directory: at(summary.directory), stages: Object.fromEntries(stages) };
}
