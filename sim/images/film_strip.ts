import { type EpisodeTable, typedData } from "../../core/episode.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import type { ImageOptions } from "../world/world.ts";
import { EpisodeView } from "../episodes/episode_view.ts";
import { createObservationStateWorld, recordedObservations } from "../episodes/observed_episode.ts";
import { storedDraw } from "../world/randomization.ts";

export interface FilmStripOptions extends ImageOptions {
  /** Images, from the first state to the last, evenly apart in time. */
  readonly frames: number;
}

/** Images of one episode. */
export interface FilmStrip {
  readonly width: number;
  readonly height: number;
  /** Each `[height · width · 3]` u8 RGB, row-major. */
  readonly frames: Uint8Array[];
}

/**
 * Replays an episode of a table from its start state and renders images.
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
  const { length } = new EpisodeView(table, episode);
  const wanted = Array.from({ length: count }, (_, frame) => stepOfFrame(frame, count, length));
  const frames: Uint8Array[] = [];
  for await (const frame of renderStates(environment, table, episode, { width, height }, wanted)) {
    frames.push(frame);
  }
  return { width, height, frames };
}

/** The steps done when an image is taken: 0 for the first, all for the last. */
function stepOfFrame(frame: number, frames: number, steps: number): number {
  return frames === 1 ? steps : Math.round(frame * steps / (frames - 1));
}

/**
 * Replays an episode and takes an image of every state: one before each step, one after the last; or
 * of the first and each `every`-th after it. An episode without a start state is shown as it was
 * observed.
 *
 * @param episode Index within the table
 * @returns Images `[height · width · 3]` u8 RGB, row-major, one at a time
 * @throws {RangeError} If the table has no such episode
 */
export function renderEpisode(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  episode: number,
  { every = 1, ...options }: ImageOptions & { readonly every?: number },
): AsyncGenerator<Uint8Array> {
  const { length } = new EpisodeView(table, episode);
  const wanted = Array.from({ length: Math.floor(length / every) + 1 }, (_, at) => at * every);
  return "start_state" in table.episode
    ? renderStates(environment, table, episode, options, wanted)
    : renderObserved(environment, new EpisodeView(table, episode), { every, ...options });
}

/** @param wanted Steps done when images are taken, ascending; one may stand more than once */
async function* renderStates(
  environment: EnvironmentDefinition,
  table: EpisodeTable,
  episode: number,
  options: ImageOptions,
  wanted: readonly number[],
): AsyncGenerator<Uint8Array> {
  const view = new EpisodeView(table, episode);
  using world = await environment.create();
  world.configure(storedDraw(environment.randomization, view));
  world.restore(typedData(view.episode("start_state"), Float64Array));
  const { data, size } = view.step("action")!, actions = typedData(data, Float32Array);
  const path = environment.pathOf?.(view) ?? null;
  const imageOptions = path === null ? options : { ...options, path };
  for (let step = 0, taken = 0; taken < wanted.length; step++) {
    while (wanted[taken] === step) {
      yield world.render(imageOptions);
      taken++;
    }
    if (step < view.length) {
      world.step(actions.subarray(step * size, (step + 1) * size));
    }
  }
}

async function* renderObserved(
  environment: EnvironmentDefinition,
  episode: EpisodeView,
  { every, ...options }: ImageOptions & { readonly every: number },
): AsyncGenerator<Uint8Array> {
  using world = await createObservationStateWorld(environment);
  let state = 0;
  for (const observation of recordedObservations(environment, episode)) {
    if (state++ % every !== 0) continue;
    world.setStateFromObservation(observation);
    yield world.render(options);
  }
}
