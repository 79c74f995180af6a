import type { EpisodeTable } from "../core/episode.ts";
import type { EnvironmentDefinition, PictureOptions } from "./environment.ts";
import { EpisodeView } from "./episode_view.ts";
import { storedDraw } from "./randomization.ts";

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
export async function renderFilmStrip(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  episode: number,
  options: FilmStripOptions,
): Promise<FilmStrip> {
  const { width, height, frames: count } = options;
  const view = new EpisodeView(table, episode);
  using world = await environment.create();
  world.configure(storedDraw(environment.randomization, view));
  world.restore(view.episode("start_state") as Float64Array); // as episodeSchema() declares it
  const { data: actions, size } = view.step("action")!;
  const frames: Uint8Array[] = [];
  for (let step = 0; frames.length < count; step++) {
    // Several pictures of one state, where there are more pictures than steps.
    while (frames.length < count && step === stepOfFrame(frames.length, count, view.length)) {
      frames.push(world.render({ width, height }));
    }
    if (step < view.length) {
      world.step((actions as Float32Array).subarray(step * size, (step + 1) * size)); // so declared
    }
  }
  return { width, height, frames };
}

/** The steps done when a picture is taken: 0 for the first, all for the last. */
function stepOfFrame(frame: number, frames: number, steps: number): number {
  return frames === 1 ? steps : Math.round(frame * steps / (frames - 1));
}
