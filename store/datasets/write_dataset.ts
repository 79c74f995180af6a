import { type EpisodeTable, SPLITS } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { CommitInfo } from "../files/commit.ts";
import type { FileWriter } from "../zarr/writer.ts";
import type { Dataset } from "./dataset.ts";
import { type DatasetOutline, describeDataset } from "./merge.ts";
import { MergedColumns } from "./merge_columns.ts";
import { mergeSchemas, ownSchema } from "./merge_schema.ts";
import { Vocabularies } from "./vocabulary.ts";

/**
 * Returns the outline of a dataset without its columns, as a start for another one made from it.
 *
 * @param episodes Numbers of the episodes that it is about; all if absent
 */
export async function outlineOf(
  dataset: Dataset,
  episodes: readonly number[] = Array.from({ length: dataset.episodes }, (_, i) => i),
): Promise<DatasetOutline> {
  const splits = (await dataset.readEpisodes("split")).data;
  const { episodeEnds } = dataset;
  return {
    schema: dataset.schema,
    lengths: episodes.map((episode) => episodeEnds[episode]! - (episodeEnds[episode - 1] ?? 0)),
    splits: Uint8Array.from(episodes, (episode) => Number(splits[episode])),
    rejects: await dataset.readRejects(),
    sources: dataset.sources,
    // What gives indices their meaning goes along.
    attributes: new Vocabularies([dataset]).attributes,
  };
}

/**
 * Writes a dataset, streamed: memory holds one table and one chunk per column. Episodes keep the
 * source and the seed that their tables have.
 *
 * @param tables Its episodes in order, some at a time
 * @returns What its commit is to say; the caller commits
 * @throws {InvalidInputError} If the tables have other episodes than the outline says
 */
export async function writeDataset(
  writer: FileWriter,
  outline: DatasetOutline,
  tables: AsyncIterable<EpisodeTable>,
): Promise<Required<Pick<CommitInfo, "counts" | "metrics">>> {
  const { lengths, splits } = outline;
  if (splits.length !== lengths.length || splits.some((split) => split >= SPLITS.length)) {
    throw new InvalidInputError({
      action: "write a dataset",
      expected: `a split of each of ${lengths.length} episodes, an index in ` +
        `[0, ${SPLITS.length})`,
      found: splits.length,
      remedy: "give each its own",
    });
  }
  const schema = mergeSchemas([{ name: "dataset", ...ownSchema(outline.schema) }]);
  const columns = await MergedColumns.create(writer, schema, { lengths, splits });
  let episodes = 0;
  for await (const table of tables) {
    for (const [i, length] of table.lengths.entries()) {
      if (lengths[episodes + i] === length) continue;
      throw new InvalidInputError({
        action: "write a dataset",
        expected: `episode ${episodes + i} of ${lengths[episodes + i] ?? "no"} steps`,
        found: length,
        remedy: "say in the outline what comes",
      });
    }
    const sources = table.episode["source"]?.data, seeds = table.episode["seed"]?.data;
    await columns.append(table, (episode) => ({
      source: Number(sources?.[episode] ?? 0),
      seed: Number(seeds?.[episode] ?? 0),
    }));
    episodes += table.lengths.length;
  }
  if (episodes !== lengths.length) {
    throw new InvalidInputError({
      action: "write a dataset",
      expected: `${lengths.length} episodes`,
      found: episodes,
      remedy: "say in the outline what comes",
    });
  }
  return await describeDataset(writer, columns, { ...outline, schema });
}
