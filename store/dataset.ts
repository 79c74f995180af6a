import type { JsonValue } from "../core/canonical.ts";
import type { EpisodeSource, EpisodeTable } from "../core/episode.ts";
import type { Commit } from "./commit.ts";

/** A refused candidate. */
export interface Reject {
  /** Name of the merge input that it was a candidate of. */
  readonly source: string;
  readonly candidate: number;
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** A merged dataset, open for reading. Every chunk is checked as it is read. */
export interface Dataset extends EpisodeSource {
  readonly directory: string;
  readonly commit: Commit;
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Names of the merge inputs; `meta/source` holds indices into them. */
  readonly sources: readonly string[];
  /** Episodes [first, end), all columns. */
  readTable(first: number, end: number): Promise<EpisodeTable>;
  readRejects(): Promise<readonly Reject[]>;
}

/**
 * Opens a merged dataset.
 *
 * @throws {DamagedStoreError} If it is not committed or its metadata is damaged
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export function openDataset(_directory: string): Promise<Dataset> {
  throw new Error("not built yet");
}
