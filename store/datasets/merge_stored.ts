import { type EpisodeTable, typedData } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Commit } from "../files/commit.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { batchesOf } from "../episodes/episode_batches.ts";
import { digestEpisodes } from "../episodes/episode_digest.ts";
import type { DatasetOutline } from "./merge.ts";
import { ACTION_LABEL, mergeSchemas, ownSchema } from "./merge_schema.ts";
import { selectEpisodes } from "./selection.ts";
import { isIndexOfTexts, Vocabularies } from "./vocabulary.ts";
import { outlineOf, writeDataset } from "./write_dataset.ts";
import { StoreWriter } from "../zarr/writer.ts";

/** A dataset and the name by which the merged one calls it. */
export interface StoredInput {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
}

export interface MergeStoredOptions {
  /** Treatment of an episode that equals an earlier one: fail, or leave it out. */
  readonly duplicates: "refuse" | "skip";
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly episodes: number; readonly total: number }) => void;
}

interface OpenInput {
  readonly name: string;
  readonly dataset: Dataset;
  /** Whether each episode goes into the merged dataset. */
  readonly kept: readonly boolean[];
  /** Index of its first source among those of the merged dataset. */
  readonly firstSource: number;
}

/** Datasets one after another, before they are written. */
export interface Concatenation {
  readonly outline: DatasetOutline;
  /** Their episodes, in order. */
  readonly tables: AsyncIterable<EpisodeTable>;
  /** Episodes that are left out, for an earlier one equals them. */
  readonly duplicates: number;
}

/**
 * The episodes of some datasets as one, in order. Episodes keep their split, so that none that was
 * held out is trained on, and their source; texts that indices stand for, such as tasks, are those of
 * all.
 *
 * @throws {InvalidInputError} If schemas differ, naming the first difference, or episodes are equal
 * @throws {DamagedStoreError} If an input is damaged
 */
export async function concatenateStored(
  inputs: readonly StoredInput[],
  options: MergeStoredOptions,
): Promise<Concatenation> {
  const opened = await openInputs(inputs, options);
  const vocabularies = new Vocabularies(opened.map(({ dataset }) => dataset));
  const outlines = await Promise.all(
    opened.map(({ dataset, kept }) => outlineOf(dataset, numbersOf(kept))),
  );
  const lengths = outlines.flatMap((outline) => outline.lengths);
  const given = opened.reduce((sum, { kept }) => sum + kept.length, 0);
  return {
    outline: {
      schema: mergeSchemas(
        opened.map(({ name, dataset }) => ({
          name,
          ...ownSchema(vocabularies.schemaOf(dataset.schema)),
        })),
      ),
      lengths,
      splits: Uint8Array.from(outlines.flatMap(({ splits }) => [...splits])),
      rejects: outlines.flatMap(({ rejects = [] }, i) =>
        rejects.map((reject) => ({ ...reject, source: sourceName(opened[i]!.name, reject.source) }))
      ),
      sources: opened.flatMap(({ name, dataset }) =>
        dataset.sources.map((source) => sourceName(name, source))
      ),
      attributes: {
        ...vocabularies.attributes,
        merged: opened.map(({ name, dataset }) => ({ name, digest: dataset.commit.digest })),
      },
    },
    tables: tablesOf(opened, vocabularies, { ...options, total: lengths.length }),
    duplicates: given - lengths.length,
  };
}

async function* tablesOf(
  opened: readonly OpenInput[],
  vocabularies: Vocabularies,
  { total, signal, onProgress }: MergeStoredOptions & { readonly total: number },
): AsyncGenerator<EpisodeTable> {
  let episodes = 0;
  for (const [input, { dataset, kept, firstSource }] of opened.entries()) {
    for await (
      const { table: read } of batchesOf(selectEpisodes(dataset, numbersOf(kept)), signal)
    ) {
      const table = vocabularies.tableOf(input, read);
      const source = table.episode["source"]!; // every dataset has it
      const data = typedData(source.data, Int32Array).map((index) => firstSource + index);
      yield { ...table, episode: { ...table.episode, source: { ...source, data } } };
      episodes += table.lengths.length;
      onProgress?.({ episodes, total });
    }
  }
}

/** Numbers of the episodes that are kept. */
function numbersOf(kept: readonly boolean[]): readonly number[] {
  return kept.flatMap((keep, episode) => keep ? [episode] : []);
}

/**
 * Writes the episodes of some datasets as one; see {@linkcode concatenateStored}. Statistics are those
 * of the new training split.
 *
 * `counts` and `metrics` are those of `mergeDatasets()`, and `duplicates`, the episodes left out.
 *
 * @param directory Absolute; not one of the inputs
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function mergeStored(
  directory: string,
  inputs: readonly StoredInput[],
  options: MergeStoredOptions,
): Promise<Commit> {
  const { outline, tables, duplicates } = await concatenateStored(inputs, options);
  using writer = new StoreWriter(directory);
  const { counts, metrics } = await writeDataset(writer, outline, tables);
  return await writer.commit({
    kind: "merge",
    counts: { ...counts, duplicates },
    metrics,
    attributes: outline.attributes ?? {},
  });
}

function sourceName(dataset: string, source: string): string {
  return `${dataset}/${source}`;
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
  return new InvalidInputError({
    action: "merge",
    expected: "different episodes",
    found: `that ${here} equals ${other}`,
    remedy: "leave one dataset out, or skip duplicates",
  });
}
