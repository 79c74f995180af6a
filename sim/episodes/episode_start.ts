import { createRandom, type RandomGenerator } from "../../core/random.ts";
import type { RandomizationSpec } from "../world/environment.ts";
import type { RandomizationDraw, World } from "../world/world.ts";
import { drawRandomization } from "../world/randomization.ts";

/** Source of an episode's random numbers, and what they vary. */
export interface StartOptions {
  readonly seed: number;
  /** Name of the stage's random numbers. */
  readonly stream: string;
  readonly selected: readonly RandomizationSpec[];
}

/** Episode that has started. */
export interface EpisodeStart {
  readonly draw: RandomizationDraw;
  /** `[n]` */
  readonly observation: Float32Array;
  /** The candidate's random numbers for a purpose, from their beginning at every call. */
  readonly random: (purpose: string) => RandomGenerator;
}

/** Name of the random numbers of an attempt; the first has those of the stage itself. */
export function attemptStream(stream: string, attempt: number): string {
  return attempt === 0 ? stream : `${stream}/attempt-${attempt}`;
}

/** Puts a world into the state in which a candidate begins: what varies first, then the start. */
export function startEpisode(
  world: World,
  candidate: number,
  { seed, stream, selected }: StartOptions,
): EpisodeStart {
  const random = (purpose: string) => createRandom(seed, `${stream}/${purpose}`, candidate);
  const draw = drawRandomization(selected, random("randomization"));
  world.configure(draw);
  return { draw, observation: world.reset(random("start"), candidate), random };
}
