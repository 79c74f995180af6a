import type { JsonValue } from "../../core/canonical.ts";
import type {
  Column,
  EpisodeSchema,
  EpisodeSource,
  EpisodeTable,
  FieldSpec,
  FieldStatistics,
} from "../../core/episode.ts";
import { ArrayReader } from "../zarr/array_reader.ts";
import { ChunkCache } from "../zarr/chunk_cache.ts";
import type { Commit } from "../files/commit.ts";
import {
  EPISODE_ENDS,
  episodePath,
  readRootAttributes,
  type RootAttributes,
  stepPath,
} from "../episodes/layout.ts";
import { CommittedFiles } from "../zarr/reader.ts";
import { readRejects, type Reject } from "../episodes/rejects.ts";

/** Bytes of decoded chunks that an open dataset keeps. */
const CACHE_SIZE = 64 * 2 ** 20;

/** Merged dataset, open for reading. Every chunk is checked as it is read. */
export interface Dataset extends EpisodeSource {
  readonly directory: string;
  readonly commit: Commit;
  /** Attributes of the root group: `environment`, `control_frequency_hz`, `observations` ... */
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Names of the merge inputs; `meta/source` holds indices into them. */
  readonly sources: readonly string[];
  /** Rows [first, end) of an episode field. */
  readEpisodeRows(field: string, first: number, end: number): Promise<Column>;
  /** Episodes [first, end), all columns. */
  readTable(first: number, end: number): Promise<EpisodeTable>;
  /** Candidates that were refused, with the reason. */
  readRejects(): Promise<readonly Reject[]>;
}

/**
 * Opens a merged dataset.
 *
 * @throws {DamagedStoreError} If it is not committed or its metadata is damaged
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export async function openDataset(directory: string): Promise<Dataset> {
  const files = CommittedFiles.open(directory);
  const { attributes, schema } = readRootAttributes(files);
  const ends = await (await ArrayReader.open(files, episodePath(EPISODE_ENDS.name))).readRows();
  return new StoredDataset(files, attributes, schema, Float64Array.from(ends, Number));
}

/** What a view of a dataset has in common with the whole: all but its columns and its size. */
export function factsOf({ directory, commit, attributes, sources, statistics }: Dataset) {
  return { directory, commit, attributes, sources, statistics };
}

class StoredDataset implements Dataset {
  readonly directory: string;
  readonly commit: Commit;
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly schema: EpisodeSchema;
  readonly episodes: number;
  readonly steps: number;
  readonly episodeEnds: Float64Array;
  readonly statistics: Readonly<Record<string, FieldStatistics>>;
  readonly sources: readonly string[];
  readonly #files: CommittedFiles;
  readonly #arrays = new Map<string, Promise<ArrayReader>>();
  readonly #cache = new ChunkCache(CACHE_SIZE);

  constructor(
    files: CommittedFiles,
    attributes: RootAttributes,
    schema: EpisodeSchema,
    episodeEnds: Float64Array,
  ) {
    this.#files = files;
    this.directory = files.directory;
    this.commit = files.commit;
    this.attributes = attributes;
    this.schema = schema;
    this.episodeEnds = episodeEnds;
    this.episodes = episodeEnds.length;
    this.steps = episodeEnds.at(-1) ?? 0;
    this.statistics = attributes.statistics!; // mergeDatasets() wrote them
    this.sources = attributes.sources!; // so too
  }

  readSteps(field: string, start: number, end: number): Promise<Column> {
    return this.#readRows(stepPath(field), start, end);
  }

  readEpisodes(field: string): Promise<Column> {
    return this.#readRows(episodePath(field), 0, this.episodes);
  }

  readEpisodeRows(field: string, first: number, end: number): Promise<Column> {
    return this.#readRows(episodePath(field), first, end);
  }

  release(): void {
    this.#cache.clear();
  }

  readRejects(): Promise<readonly Reject[]> {
    return readRejects(this.#files);
  }

  async readTable(first: number, end: number): Promise<EpisodeTable> {
    const startOf = (episode: number) => episode === 0 ? 0 : this.episodeEnds[episode - 1]!;
    const read = async (
      specs: readonly FieldSpec[],
      pathOf: (field: string) => string,
      [from, to]: readonly [number, number],
    ) => {
      const columns: Record<string, Column> = {};
      for (const { name } of specs) {
        columns[name] = await this.#readRows(pathOf(name), from, to);
      }
      return columns;
    };
    const ends = this.episodeEnds.subarray(first, end);
    return {
      lengths: Int32Array.from(ends, (last, i) => last - startOf(first + i)),
      step: await read(this.schema.step, stepPath, [startOf(first), startOf(end)]),
      episode: await read(this.schema.episode, episodePath, [first, end]),
    };
  }

  async #readRows(path: string, start: number, end: number): Promise<Column> {
    const array = await this.#open(path);
    const data = await array.readRows(
      start,
      end,
      (index) => this.#cache.get(`${path}/${index}`, () => array.readChunk(index)),
    );
    return { dtype: array.dtype, shape: array.shape, data };
  }

  #open(path: string): Promise<ArrayReader> {
    let array = this.#arrays.get(path);
    if (array === undefined) {
      array = ArrayReader.open(this.#files, path);
      this.#arrays.set(path, array);
    }
    return array;
  }
}
