import { evaluate } from "../../pipelines/kinds/evaluate.ts";
import {
  environmentOf,
  type EpisodeMetrics,
  type EpisodeTrack,
  type MeasuredEpisode,
  viewEpisodes,
} from "../../sim/mod.ts";
import { readShard } from "../../store/mod.ts";
import type { PathReport, WalkReport } from "../../view/report_model.ts";
import type { ReportedStage } from "./reported_stage.ts";
import { shardsOf } from "./shards.ts";

/** Points of a track that are drawn. */
const POINTS = 200;

/** Every evaluation of a run in which something was followed. */
export async function gatherWalks(stages: readonly ReportedStage[]): Promise<WalkReport[]> {
  const reports: WalkReport[] = [];
  for (const stage of stages) {
    if (stage.plan.kind !== evaluate.kind || stage.directory === null) continue;
    const paths = new Map<string, Walks>();
    for (const directory of shardsOf(stage)) {
      const { schema, table } = await readShard(directory);
      const { metrics } = environmentOf(schema);
      if (metrics?.track === undefined) break;
      for (const episode of viewEpisodes(table)) {
        const measured = metrics.measure(episode), track = metrics.track(episode);
        const { group } = measured;
        const walks = paths.get(group) ??
          { first: track, metrics, measured: [], controlHz: schema.controlHz, errors: [] };
        walks.measured.push(measured);
        walks.errors.push(track.errors);
        paths.set(group, walks);
      }
    }
    if (paths.size === 0) continue;
    reports.push({
      stage: stage.plan.name,
      paths: [...paths].map(([name, walks]) => pathReport(name, walks)),
    });
  }
  return reports;
}

/** The walks along one kind of path. */
interface Walks {
  readonly first: EpisodeTrack;
  readonly metrics: EpisodeMetrics;
  readonly measured: MeasuredEpisode[];
  readonly controlHz: number;
  readonly errors: Float64Array[];
}

function pathReport(
  name: string,
  { first, metrics, measured, controlHz, errors }: Walks,
): PathReport {
  const figures = metrics.summarize(measured);
  const longest = Math.max(...errors.map(({ length }) => length));
  const times = evenly(longest);
  const points = evenly(first.errors.length);
  const [x0, y0] = [first.reference[0]!, first.reference[1]!];
  const pointsOf = (track: Float64Array) =>
    points.map((at) => [track[2 * at]! - x0, track[2 * at + 1]! - y0] as const);
  return {
    name,
    episodes: measured.length,
    falls: figures[`${name}_falls`]!,
    meanError: figures[`${name}_mean_error`]!,
    finalError: figures[`${name}_final_error`]!,
    maxError: figures[`${name}_max_error`]!,
    reference: pointsOf(first.reference),
    robot: pointsOf(first.robot),
    seconds: times.map((at) => at / controlHz),
    errors: times.map((at) => {
      const walking = errors.filter(({ length }) => length > at);
      return walking.reduce((sum, error) => sum + error[at]!, 0) / walking.length;
    }),
  };
}

/** Returns the indices of a bounded number of points, including the first and the last. */
function evenly(length: number): number[] {
  const count = Math.min(POINTS, length);
  return Array.from({ length: count }, (_, i) => Math.round(i * (length - 1) / (count - 1 || 1)));
}
