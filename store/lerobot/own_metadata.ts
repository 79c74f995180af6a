import * as fs from "node:fs";
import { join } from "node:path";
import type { EpisodeSchema, EpisodeTable } from "../../core/episode.ts";
import { hasStatistics } from "../episodes/statistics.ts";
import { depthOf, nestRows } from "./episode_rows.ts";
import { ParquetFile } from "./parquet.ts";

/**
 * What LeRobot has no place for, beside it: the schema with units and bounds, and the columns that
 * have one row an episode. With them an import gives back what was exported.
 */

export const SCHEMA_FILE = "meta/sluice/schema.json",
  EPISODES_FILE = "meta/sluice/episodes.parquet",
  /** What the recorder was told of robot, instruction and scene; where it was told something. */
  ABOUT_FILE = "meta/sluice/about.json";

/** The schema without episode fields that are as large as pictures. */
function keptSchema(schema: EpisodeSchema): EpisodeSchema {
  return { ...schema, episode: schema.episode.filter(hasStatistics) };
}

/** Writes both files. */
export class OwnMetadata {
  readonly #schema: EpisodeSchema;
  readonly #file: ParquetFile;

  constructor(directory: string, schema: EpisodeSchema) {
    this.#schema = keptSchema(schema);
    this.#file = new ParquetFile(
      join(directory, EPISODES_FILE),
      this.#schema.episode.map(({ name, dtype, shape }) => ({
        name,
        type: dtype,
        depth: depthOf(shape),
      })),
    );
    fs.writeFileSync(join(directory, SCHEMA_FILE), JSON.stringify(this.#schema, null, 2) + "\n");
  }

  /** Appends some episodes of a table. */
  async append({ episode }: EpisodeTable, selected: readonly number[]): Promise<void> {
    await this.#file.write(Object.fromEntries(
      this.#schema.episode.map((field) => {
        const rows = nestRows(episode[field.name]!.data, field);
        return [field.name, selected.map((index) => rows[index])];
      }),
    ));
  }

  async finish(): Promise<void> {
    await this.#file.finish();
  }
}
