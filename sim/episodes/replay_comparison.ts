import { type EpisodeSchema, type FieldSpec, rowSize } from "../../core/episode.ts";
import type { EpisodeView } from "./episode_view.ts";

/** A number that came out otherwise. */
export interface Difference {
  /** Control steps done when it shows: 0 for the start. */
  readonly step: number;
  /** Name of the column. */
  readonly field: string;
  /** Name or index of the component; null for a scalar. */
  readonly component: string | null;
  readonly recorded: number;
  readonly replayed: number;
}

/** Comparison of a replay with the recording. */
export interface ReplayComparison {
  /** Whether every number has the same bits. */
  readonly equal: boolean;
  /** Numbers that were compared. */
  readonly compared: number;
  /** Numbers that differ. */
  readonly differing: number;
  /** Earliest difference, null if there is none. */
  readonly first: Difference | null;
  /** The largest difference of each field that has one, in the order of the schema. */
  readonly largest: readonly Difference[];
}

/**
 * Compares two episodes number by number. Of two columns that differ at the same step, the one that
 * the schema names first is reported.
 *
 * @param schema The columns to compare; both episodes have them
 * @throws {TypeError} If the recorded episode lacks one
 */
export function compareEpisodes(
  schema: EpisodeSchema,
  recorded: EpisodeView,
  replayed: EpisodeView,
): ReplayComparison {
  let compared = 0, differing = 0;
  let first: Difference | null = null;
  const largest: Difference[] = [];
  for (const { spec, kind } of columnsOf(schema)) {
    const was = rowsOf(recorded, spec, kind), is = rowsOf(replayed, spec, kind);
    const size = rowSize(spec.shape);
    let worst: Difference | null = null;
    compared += was.length;
    for (let i = 0; i < was.length; i++) {
      // Numbers of one type are the same bits exactly then; any NaN is like another.
      if (Object.is(was[i], is[i])) continue;
      differing++;
      const found: Difference = {
        step: stepOf(spec.name, Math.floor(i / size), recorded.length),
        field: spec.name,
        component: spec.shape.length === 0 ? null : spec.components?.[i % size] ?? `${i % size}`,
        recorded: was[i]!,
        replayed: is[i]!,
      };
      if (first === null || found.step < first.step) first = found;
      if (worst === null || distanceOf(found) > distanceOf(worst)) worst = found;
    }
    if (worst !== null) largest.push(worst);
  }
  return { equal: differing === 0, compared, differing, first, largest };
}

function distanceOf({ recorded, replayed }: Difference): number {
  const distance = Math.abs(recorded - replayed);
  return Number.isNaN(distance) ? Infinity : distance;
}

function columnsOf({ step, episode }: EpisodeSchema) {
  return [
    ...step.map((spec) => ({ spec, kind: "step" as const })),
    ...episode.map((spec) => ({ spec, kind: "episode" as const })),
  ];
}

function rowsOf(episode: EpisodeView, { name }: FieldSpec, kind: "step" | "episode"): number[] {
  const data = kind === "step" ? episode.step(name)?.data : episode.episode(name);
  if (data === undefined) throw new TypeError(`Cannot compare "${name}": the episode lacks it`);
  return Array.from(data, Number);
}

/** Steps done when row `row` of a column is known. */
function stepOf(name: string, row: number, steps: number): number {
  if (name.startsWith("observation/")) return row;
  if (name.startsWith("reset_info/")) return 0;
  // Rewards and infos come of the step; columns of the episode are of its end.
  return name === "reward" || name.startsWith("info/") ? row + 1 : steps;
}
