import type { EpisodeView } from "../episodes/episode_view.ts";

/** What an evaluation measures of an environment's episodes. */
export interface EpisodeMetrics {
  measure(episode: EpisodeView): MeasuredEpisode;
  /** How an episode went along what it was to follow. */
  track?(episode: EpisodeView): EpisodeTrack;
  /** How far an episode has come towards its goal; absent if nothing tells. */
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
  /** What kind of task it was. */
  readonly group: string;
  readonly values: Readonly<Record<string, number>>;
}
