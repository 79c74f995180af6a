import { createHistogram } from "../../core/statistics/mod.ts";
import { evaluate } from "../../pipelines/kinds/evaluate.ts";
import { environmentOf, viewEpisodes } from "../../sim/mod.ts";
import { readShard } from "../../store/mod.ts";
import type { FailureReport, ProgressReport } from "../../view/report_model.ts";
import type { ReportedStage } from "./reported_stage.ts";
import { shardsOf } from "./shards.ts";

/** Points of a curve that are drawn, and failures that are listed. */
const POINTS = 100, FAILURES = 50;
/** Shares of the episodes below the lines of a band. */
const SHARES = [0.1, 0.5, 0.9] as const;

/**
 * Gathers the progress of every evaluation towards its goal, if the environment measures it.
 *
 * @param run What a command calls the run, e.g. "pusht-policy/3"
 */
export async function gatherProgress(
  stages: readonly ReportedStage[],
  run: string,
): Promise<ProgressReport[]> {
  const reports: ProgressReport[] = [];
  for (const stage of stages) {
    if (stage.plan.kind !== evaluate.kind || stage.directory === null) continue;
    const episodes: Episode[] = [];
    let name = "", controlHz = 0;
    for (const directory of shardsOf(stage)) {
      const { schema, table } = await readShard(directory);
      const progress = environmentOf(schema).metrics?.progress;
      if (progress === undefined) break;
      ({ name } = progress);
      ({ controlHz } = schema);
      for (const episode of viewEpisodes(table)) {
        const success = Number(episode.episode("success")![0]) === 1;
        episodes.push({ candidate: episode.candidate, success, curve: progress.of(episode) });
      }
    }
    if (episodes.length > 0) {
      reports.push({ ...report(name, controlHz, episodes), stage: stage.plan.name, run });
    }
  }
  return reports;
}

/** An episode that was evaluated. */
interface Episode {
  readonly candidate: number;
  readonly success: boolean;
  /** Value after each step. */
  readonly curve: ArrayLike<number>;
}

function report(
  name: string,
  controlHz: number,
  episodes: readonly Episode[],
): Omit<ProgressReport, "stage" | "run"> {
  const longest = Math.max(...episodes.map(({ curve }) => curve.length));
  const count = Math.min(POINTS, longest);
  const at = Array.from(
    { length: count },
    (_, i) => Math.round(i * (longest - 1) / Math.max(1, count - 1)),
  );
  // What has ended stays where it was.
  const sorted = at.map((step) =>
    episodes.map(({ curve }) => curve[Math.min(step, curve.length - 1)]!).sort((a, b) => a - b)
  );
  const [low, median, high] = SHARES.map((share) =>
    sorted.map((values) => values[Math.min(values.length - 1, Math.floor(share * values.length))]!)
  );
  const steps = episodes.filter(({ success }) => success).map(({ curve }) => curve.length);
  const failures = episodes.filter(({ success }) => !success);
  return {
    name,
    seconds: at.map((step) => (step + 1) / controlHz),
    low: low!,
    median: median!,
    high: high!,
    steps: createHistogram("steps to success", null, { episodes: steps }),
    failed: failures.length,
    failures: failures.slice(0, FAILURES).map(({ candidate, curve }): FailureReport => ({
      candidate,
      steps: curve.length,
      greatest: Array.from(curve).reduce((a, b) => Math.max(a, b), -Infinity),
      final: curve[curve.length - 1]!,
    })),
  };
}
