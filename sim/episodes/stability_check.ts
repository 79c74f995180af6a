import type { EpisodeView } from "./episode_view.ts";

/** Numbers behind a verdict. */
export type Figures = Readonly<Record<string, number>>;

/** Limits of the checks of an environment, by name. */
export type Limits = Readonly<Record<string, number>>;

/** A physical property that every episode of a dataset must have. */
export interface StabilityCheck {
  /** snake_case name of what is wrong with an episode that it refuses. */
  readonly reason: string;
  readonly description: string;
  /** Returns the figures of the first fault, null if there is none. NaN is a fault. */
  find(episode: EpisodeView, limits: Limits): Figures | null;
}
