import type { EpisodeTable, Verdict } from "../core/episode.ts";
import type { EnvironmentDefinition } from "./environment.ts";
import type { EpisodeView } from "./episode_view.ts";

/** The numbers behind a verdict. */
export type Figures = Readonly<Record<string, number>>;

/** A physical property that every episode of a dataset must have. */
export interface StabilityCheck {
  /** snake_case name of what is wrong with an episode that it refuses. */
  readonly reason: string;
  readonly description: string;
  /** The figures of the first fault, null where there is none. */
  find(episode: EpisodeView, limits: Readonly<Record<string, number>>): Figures | null;
}

export interface StabilityOptions {
  /** Refuse episodes without success, as `no_success`. Default false. */
  readonly requireSuccess?: boolean;
  /** In place of the environment's own, by name. */
  readonly limits?: Readonly<Record<string, number>>;
}

/**
 * Whether the episodes are physically stable: the environment's checks, in its order.
 *
 * @returns One verdict an episode, in the order of the table
 * @throws {InvalidInputError} If a limit has no check
 */
export function checkStability(
  _environment: EnvironmentDefinition,
  _table: EpisodeTable,
  _options: StabilityOptions = {},
): Verdict[] {
  throw new Error("Cannot check stability: not there yet");
}
