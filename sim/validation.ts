import type { EpisodeTable, Verdict } from "../core/episode.ts";
import type { EnvironmentDefinition, SchemaOptions } from "./environment.ts";

export interface ValidationOptions extends SchemaOptions {
  /** Control steps after which episodes were truncated; the environment's unless given. */
  readonly maxSteps?: number;
}

/**
 * Whether the episodes are what the environment would record: shapes, lengths, finite numbers,
 * spaces, start state, rewards.
 *
 * @returns One verdict an episode, in the order of the table
 */
export function validateEpisodes(
  _environment: EnvironmentDefinition,
  _table: EpisodeTable,
  _options: ValidationOptions = {},
): Promise<Verdict[]> {
  return Promise.reject(new Error("Cannot validate: not there yet"));
}
