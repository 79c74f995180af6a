import type { EpisodeTable } from "../core/episode.ts";
import type { EnvironmentDefinition, PictureOptions } from "./environment.ts";

export interface FilmStripOptions extends PictureOptions {
  /** Pictures, from the first state to the last, evenly apart in time. */
  readonly frames: number;
}

/** Pictures of one episode. */
export interface FilmStrip {
  readonly width: number;
  readonly height: number;
  /** Each `[height · width · 3]` u8 RGB, row-major. */
  readonly frames: Uint8Array[];
}

/**
 * Replays an episode of a table from its start state and takes pictures.
 *
 * @param episode Index within the table
 * @throws {RangeError} If the table has no such episode
 */
export function renderFilmStrip(
  _environment: EnvironmentDefinition,
  _table: EpisodeTable,
  _episode: number,
  _options: FilmStripOptions,
): Promise<FilmStrip> {
  return Promise.reject(new Error("Cannot render: not there yet"));
}
