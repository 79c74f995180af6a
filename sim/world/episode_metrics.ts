import type { EpisodeView } from "../episodes/episode_view.ts";

/** Metrics of an environment's episodes in an evaluation. */
export interface EpisodeMetrics {
  measure(episode: EpisodeView): MeasuredEpisode;
  /** Computes the track of an episode along its reference. */
  track?(episode: EpisodeView): EpisodeTrack;
  /** Progress of an episode towards its goal; absent if nothing measures it. */
  readonly progress?: EpisodeProgress;
  /** Metrics of all episodes by name. */
  summarize(episodes: readonly MeasuredEpisode[]): Readonly<Record<string, number>>;
}

/** A number that tells how far an episode has come. */
export interface EpisodeProgress {
  readonly name: string;
  /** @returns `[steps]` after each step */
  of(episode: EpisodeView): ArrayLike<number>;
}

/** A reference in the plane, and where a robot was at the same time. */
export interface EpisodeTrack {
  /** `[n · 2]` m, x and y at each state. */
  readonly reference: Float64Array;
  readonly robot: Float64Array;
  /** `[n]` m between them. */
  readonly errors: Float64Array;
}

/** Metrics of one episode. */
export interface MeasuredEpisode {
  /** Kind of the task. */
  readonly group: string;
  readonly values: Readonly<Record<string, number>>;
}
