import {
  type EpisodeSchema,
  type EpisodeTable,
  rowSize,
  typedData,
  type Verdict,
} from "../../core/episode.ts";
import { markProgress } from "../../core/progress_mark.ts";
import type { EnvironmentDefinition, SchemaOptions } from "../world/environment.ts";
import { type EpisodeView, viewEpisodes } from "./episode_view.ts";
import { type Fault, VALIDATION_CHECKS, type ValidationContext } from "./validation_checks.ts";

export interface ValidationOptions extends SchemaOptions {
  /** Control steps after which episodes were truncated; the environment's unless given. */
  readonly maxSteps?: number;
  /** Steps for which an expert went on from a learner's state, where it did; see `LabelOptions`. */
  readonly takeover?: number;
}

/**
 * Whether the episodes are what the environment would record. The reasons, in the order of the
 * checks: `wrong_shape`, `not_finite`, `wrong_length`, `outside_space`, `start_state_differs`,
 * `picture_differs`, `reward_differs`, `outcome_differs`, then those of the environment's `consistency`. In figures, `field` is an index: step fields first, then
 * episode fields, as the environment's schema lists them.
 *
 * @returns One verdict an episode, in the order of the table
 * @throws {InvalidInputError} If the environment has no such randomization
 */
export async function validateEpisodes(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  options: ValidationOptions = {},
): Promise<Verdict[]> {
  const schema = environment.schema(options);
  const misshapen = findMisshapen(table, schema);
  if (misshapen !== null) {
    return Array.from(
      table.lengths,
      (_, i) => ({ candidate: candidateAt(table, i), accepted: false, ...misshapen }),
    );
  }
  using world = await environment.create();
  const maxSteps = options.takeover ?? options.maxSteps ?? environment.maxSteps;
  const cameras = options.cameras ?? [];
  const context: ValidationContext = { environment, schema, world, maxSteps, cameras };
  return viewEpisodes(table).map((episode) => {
    markProgress();
    const { candidate } = episode;
    const accepted: Verdict = { candidate, accepted: true, reason: null, figures: {} };
    if (environment.namesDivergence === true && hasDiverged(episode, environment)) return accepted;
    for (const check of VALIDATION_CHECKS) {
      const fault = check(episode, context);
      if (fault !== null) return { candidate, accepted: false, ...fault };
    }
    return accepted;
  });
}

/** Whether the simulation left the finite numbers, where a rollout ends. */
function hasDiverged(episode: EpisodeView, { observation }: EnvironmentDefinition): boolean {
  return observation.some(({ name }) => {
    return !typedData(episode.episode(`final_observation/${name}`), Float32Array).every(
      Number.isFinite,
    );
  });
}

/** The first column that has not the type, shape or number of rows that it should have. */
function findMisshapen(table: EpisodeTable, schema: EpisodeSchema): Fault | null {
  const rows = table.lengths.reduce((sum, length) => sum + length, 0);
  const columns = [
    ...schema.step.map((field) => ({ field, column: table.step[field.name], rows })),
    ...schema.episode.map((field) => ({
      field,
      column: table.episode[field.name],
      rows: table.lengths.length,
    })),
  ];
  for (const [index, { field, column, rows }] of columns.entries()) {
    const expected = rows * rowSize(field.shape);
    const found = column?.data.length ?? 0;
    const fits = column?.dtype === field.dtype && column.shape.join() === field.shape.join() &&
      found === expected;
    if (!fits) return { reason: "wrong_shape", figures: { field: index, expected, found } };
  }
  return null;
}

/** The candidate of an episode, −1 if not even that is known. */
function candidateAt(table: EpisodeTable, episode: number): number {
  return Number(table.episode["candidate"]?.data[episode] ?? -1);
}
