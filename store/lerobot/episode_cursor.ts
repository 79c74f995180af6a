import { relative } from "node:path";
import type { ImportFaults } from "../imports/fault.ts";
import type { LeRobotEpisode } from "./read_episodes.ts";

/** A row among those of its episode. */
export interface RowPlace {
  readonly episode: LeRobotEpisode;
  /** Step within the episode. */
  readonly step: number;
  readonly isLast: boolean;
}

/** Follows rows through the episodes that they should belong to, one after another. */
export class EpisodeCursor {
  readonly #source: string;
  readonly #episodes: readonly LeRobotEpisode[];
  readonly #faults: ImportFaults;
  #at = 0;
  #step = 0;

  constructor(source: string, episodes: readonly LeRobotEpisode[], faults: ImportFaults) {
    this.#source = source;
    this.#episodes = episodes;
    this.#faults = faults;
  }

  /**
   * The place of the next row.
   *
   * @param path Of its file
   * @param index Episode that it says it belongs to
   * @throws {ImportError} If that is not the one whose turn it is
   */
  next(path: string, index: unknown): RowPlace {
    const episode = this.#episodes[this.#at];
    if (episode === undefined || Number(index) !== episode.index) {
      const expected = episode === undefined
        ? "no more rows"
        : `row ${this.#step} of the ${episode.length} of episode ${episode.index}`;
      throw this.#faults.refuse({
        code: "row_order",
        place: JSON.stringify(relative(this.#source, path)),
        message:
          `expected ${expected}, found one of episode ${index}: make meta/episodes and the ` +
          "rows agree, episode by episode",
      });
    }
    const step = this.#step++, isLast = this.#step === episode.length;
    if (isLast) {
      this.#at++;
      this.#step = 0;
    }
    return { episode, step, isLast };
  }

  /** @throws {ImportError} If rows are missing */
  finish(): void {
    const episode = this.#episodes[this.#at];
    if (episode === undefined) return;
    throw this.#faults.refuse({
      code: "missing_rows",
      place: `episode ${episode.index}`,
      message:
        `expected ${episode.length} rows, found ${this.#step}, and none of later episodes: ` +
        "copy the dataset again, or take them out of meta/episodes",
    });
  }
}
