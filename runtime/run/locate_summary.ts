import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { displayPath } from "../data/data_root.ts";

/** A summary whose places can be opened from the working directory, as `--json` prints them. */
export function locateSummary(root: string, summary: RunSummary): RunSummary {
  const at = (path: string) => displayPath(join(root, path));
  const stages = Object.entries(summary.stages).map(([name, stage]) =>
    [name, { ...stage, path: at(stage.path) }] as const
  );
  return { ...summary, directory: at(summary.directory), stages: Object.fromEntries(stages) };
}
