import { InvalidInputError } from "../../core/errors.ts";
import type { Commit } from "../files/commit.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { batchesOf } from "../episodes/episode_batches.ts";
import { digestEpisodes } from "../episodes/episode_digest.ts";
import { finishDataset } from "./merge.ts";
import { MergedColumns } from "./merge_columns.ts";
import { ACTION_LABEL, mergeSchemas, ownSchema } from "./merge_schema.ts";
import type { Reject } from "../episodes/rejects.ts";
import { isIndexOfTexts, Vocabularies } from "./vocabulary.ts";
import { StoreWriter } from "../zarr/writer.ts";

/** A dataset and the name by which the merged one calls it. */
export interface StoredInput {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
}

export interface MergeStoredOptions {
  /** What to do with an episode that an earlier one equals: fail, or leave it out. */
  readonly duplicates: "refuse" | "skip";
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly episodes: number; readonly total: number }) => void;
}

interface OpenInput {
  readonly name: string;
  readonly dataset: Dataset;
  /** By episode, whether it goes into the merged dataset. */
  readonly kept: readonly boolean[];
  /** Index of its first source among those of the merged dataset. */
  readonly firstSource: number;
}

/**
 * Writes the episodes of some datasets as one, in order. Episodes keep their split, so that none that
 * was held out is trained on, and their source; statistics are those of the new training split. Texts that indices stand for, such as tasks, are those of all.
 *
 * `counts` and `metrics` are those of `mergeDatasets()`, and `duplicates`, the episodes left out.
 *
 * @param directory Absolute; not one of the inputs
 * @throws {InvalidInputError} If schemas differ, naming the first difference, or episodes are equal
 * @throws {DamagedStoreError} If an input is damaged
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function mergeStored(
  directory: string,
  inputs: readonly StoredInput[],
  options: MergeStoredOptions,
): Promise<Commit> {
  const { signal, onProgress } = options;
  const opened = await openInputs(inputs, options);
  const vocabularies = new Vocabularies(opened.map(({ dataset }) => dataset));
  const schema = mergeSchemas(
    opened.map(({ name, dataset }) => ({
      name,
      ...ownSchema(vocabularies.schemaOf(dataset.schema)),
    })),
  );
  const { splits, lengths } = await readKept(opened);
  using writer = new StoreWriter(directory);
  const columns = await MergedColumns.create(writer, schema, lengths, splits);
  let episodes = 0;
  for (const [input, { dataset, kept, firstSource }] of opened.entries()) {
    for await (const { table: read, first } of batchesOf(dataset, signal)) {
      const table = vocabularies.tableOf(input, read);
      const selected = Array.from(table.lengths.keys()).filter((i) => kept[first + i]);
      const sources = table.episode["source"]!.data, seeds = table.episode["seed"]?.data;
      await columns.append(table, selected, (episode) => ({
        source: firstSource + Number(sources[episode]),
        seed: Number(seeds?.[episode] ?? 0),
      }));
      episodes += selected.length;
      onProgress?.({ episodes, total: lengths.length });
    }
  }
  const given = opened.reduce((sum, { kept }) => sum + kept.length, 0);
  return await finishDataset(writer, columns, {
    schema,
    lengths,
    splits,
    rejects: await readAllRejects(opened),
    sources: opened.flatMap(({ name, dataset }) =>
      dataset.sources.map((source) => sourceName(name, source))
    ),
    info: {
      counts: { duplicates: given - lengths.length },
      attributes: {
        ...vocabularies.attributes,
        merged: opened.map(({ name, dataset }) => ({ name, digest: dataset.commit.digest })),
      },
    },
  });
}

/** Splits and lengths of the episodes that are kept, in order. */
async function readKept(
  opened: readonly OpenInput[],
): Promise<{ readonly splits: Uint8Array; readonly lengths: readonly number[] }> {
  const splits: number[] = [], lengths: number[] = [];
  for (const { dataset, kept } of opened) {
    const split = (await dataset.readEpisodes("split")).data;
    kept.forEach((keep, episode) => {
      if (!keep) return;
      splits.push(Number(split[episode]));
      lengths.push(lengthOf(dataset, episode));
    });
  }
  return { splits: Uint8Array.from(splits), lengths };
}

/** Rejects of all inputs, with the names that their sources have in the merged dataset. */
async function readAllRejects(opened: readonly OpenInput[]): Promise<readonly Reject[]> {
  const rejects = await Promise.all(
    opened.map(async ({ name, dataset }) =>
      (await dataset.readRejects()).map((reject) => ({
        ...reject,
        source: sourceName(name, reject.source),
      }))
    ),
  );
  return rejects.flat();
}

function sourceName(dataset: string, source: string): string {
  return `${dataset}/${source}`;
}

function lengthOf({ episodeEnds }: Dataset, episode: number): number {
  return episodeEnds[episode]! - (episode === 0 ? 0 : episodeEnds[episode - 1]!);
}

/** Labels are not compared, as not every dataset has them, nor numbers that stand for texts. */
function isCompared(field: string): boolean {
  return field !== ACTION_LABEL && !isIndexOfTexts(field);
}

/** Opens the inputs and compares their episodes, of which only a hash each stays in memory. */
async function openInputs(
  inputs: readonly StoredInput[],
  { duplicates, signal }: MergeStoredOptions,
): Promise<readonly OpenInput[]> {
  const seen = new Map<string, string>();
  const opened: OpenInput[] = [];
  let firstSource = 0;
  for (const { name, directory } of inputs) {
    const dataset = await openDataset(directory);
    const kept: boolean[] = [];
    for await (const { table, first } of batchesOf(dataset, signal)) {
      for (const [index, digest] of digestEpisodes(table, isCompared).entries()) {
        const here = `episode ${first + index} of "${name}"`;
        const other = seen.get(digest);
        if (other !== undefined && duplicates === "refuse") throw duplicate(here, other);
        seen.set(digest, other ?? here);
        kept.push(other === undefined);
      }
    }
    opened.push({ name, dataset, kept, firstSource });
    firstSource += dataset.sources.length;
  }
  return opened;
}

function duplicate(here: string, other: string): InvalidInputError {
  return new InvalidInputError(
    `Cannot merge: expected different episodes, found that ${here} equals ${other}: leave one ` +
      "dataset out, or skip duplicates",
  );
}
