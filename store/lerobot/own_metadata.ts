import * as fs from "node:fs";
import { join } from "node:path";
import type { EpisodeSchema, EpisodeTable } from "../../core/episode.ts";
import { digestEpisodes } from "../episodes/episode_digest.ts";
import { hasStatistics } from "../episodes/statistics.ts";
import { depthOf, nestRows } from "./episode_rows.ts";
import { isRgbImage } from "./features.ts";
import { ParquetFile } from "./parquet.ts";

/**
 * Files for what LeRobot has no place for: the schema with units and bounds, and the columns that
 * have one row per episode. With them, an import restores what was exported.
 */

export const SCHEMA_FILE = "meta/sluice/schema.json",
  EPISODES_FILE = "meta/sluice/episodes.parquet",
  /** File of the recorder's robot, instruction and scene, if it has any. */
  ABOUT_FILE = "meta/sluice/about.json";

/**
 * Column of the episodes with the digest of their rows, which shows whether the rows were edited.
 */
export const ROWS_DIGEST = "rows_sha256";

/** The schema without episode fields that are as large as images. */
function keptSchema(schema: EpisodeSchema): EpisodeSchema {
  return { ...schema, episode: schema.episode.filter(hasStatistics) };
}

/**
 * Digests of the rows of episodes: of all numbers, but not of images, which videos change.
 *
 * @param table With all step fields of the schema that are no images
 */
export function digestRows(
  { step }: EpisodeSchema,
  table: Pick<EpisodeTable, "lengths" | "step">,
): readonly string[] {
  const numbers = new Set(step.filter((field) => !isRgbImage(field)).map(({ name }) => name));
  return digestEpisodes(table, (name) => numbers.has(name));
}

/** Writes both files. */
export class OwnMetadata {
  readonly #schema: EpisodeSchema;
  readonly #file: ParquetFile;

  constructor(directory: string, schema: EpisodeSchema) {
    this.#schema = keptSchema(schema);
    const columns = this.#schema.episode.map(({ name, dtype, shape }) => ({
      name,
      type: dtype,
      depth: depthOf(shape),
    }));
    this.#file = new ParquetFile(join(directory, EPISODES_FILE), [
      ...columns,
      { name: ROWS_DIGEST, type: "string", depth: 0 },
    ]);
    fs.writeFileSync(join(directory, SCHEMA_FILE), JSON.stringify(this.#schema, null, 2) + "\n");
  }

  /** Appends some episodes of a table. */
  async append(table: EpisodeTable, selected: readonly number[]): Promise<void> {
    const digests = digestRows(this.#schema, table);
    const columns = this.#schema.episode.map((field) => {
      const rows = nestRows(table.episode[field.name]!.data, field);
      return [field.name, selected.map((index) => rows[index])] as const;
    });
    await this.#file.write({
      ...Object.fromEntries(columns),
      [ROWS_DIGEST]: selected.map((index) => digests[index]),
    });
  }

  async finish(): Promise<void> {
    await this.#file.finish();
  }
}
