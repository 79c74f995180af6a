import type { EpisodeView } from "../episodes/episode_view.ts";
import type { EpisodeMetrics } from "../world/episode_metrics.ts";

function coverageIn(episode: EpisodeView): readonly number[] {
  return Array.from(episode.step("info/coverage")!.data, Number);
}

/**
 * Metrics of Push-T: the mean of the episodes' greatest coverage and of their last one, and the
 * median steps of those that succeed; absent if none does.
 */
export const PUSH_T_METRICS: EpisodeMetrics = {
  progress: { name: "coverage", of: coverageIn },
  measure(episode) {
    const coverage = coverageIn(episode);
    return {
      group: "push-t",
      values: {
        max_coverage: Math.max(...coverage),
        final_coverage: coverage.at(-1)!,
        steps: episode.length,
        success: Number(episode.episode("success")![0]),
      },
    };
  },
  summarize(episodes) {
    const mean = (name: string) =>
      episodes.reduce((sum, { values }) => sum + values[name]! / episodes.length, 0);
    const steps = episodes.filter(({ values }) => values["success"] === 1)
      .map(({ values }) => values["steps"]!).sort((a, b) => a - b);
    return {
      mean_max_coverage: mean("max_coverage"),
      mean_final_coverage: mean("final_coverage"),
      ...(steps.length === 0 ? {} : { median_steps: steps[steps.length >> 1]! }),
    };
  },
};
