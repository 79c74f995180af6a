import { type FieldSpec, rowSize, SPLITS } from "../../core/episode.ts";
import type { EpisodeRecords } from "./shard_episodes.ts";
import { compileCondition, type EpisodeRecord, type FieldValue } from "./condition.ts";

/** Episodes as records, which conditions are about. */

/** Components up to which a field is read here: an exact start state is, an image is not. */
const MAX_COMPONENTS = 256;

/** A field's name as a condition writes it: `final_observation/ee_pos` has a slash. */
export function recordField({ name }: FieldSpec): string {
  return name.replaceAll(/\W/g, "_");
}

/** Fields that every episode has in addition to its columns. */
export const DERIVED_FIELDS = {
  episode: { unit: "", meaning: "Number of the episode in this dataset" },
  length: { unit: "steps", meaning: "Length in steps" },
  duration: { unit: "s", meaning: "Length in seconds" },
} as const;

/** Stored as indices, read as the names that they stand for. */
export function isNameField(name: string): boolean {
  return name === "split" || name === "source";
}

/** The columns that a condition may name. */
export function recordedFields({ schema }: EpisodeRecords): readonly FieldSpec[] {
  return schema.episode.filter(({ shape }) => rowSize(shape) <= MAX_COMPONENTS);
}

/** Episodes read at a time: about a chunk of an episode field. */
const BATCH = 1024;

/** Reads the data that are stored once per episode, in order, some episodes at a time. */
export async function* readRecords(
  dataset: EpisodeRecords,
): AsyncGenerator<readonly EpisodeRecord[]> {
  for (let first = 0; first < dataset.episodes; first += BATCH) {
    yield await readBatch(dataset, first, Math.min(first + BATCH, dataset.episodes));
  }
}

async function readBatch(
  dataset: EpisodeRecords,
  first: number,
  end: number,
): Promise<readonly EpisodeRecord[]> {
  const { episodeEnds, sources, schema } = dataset;
  const records = Array.from({ length: end - first }, (_, row): Record<string, FieldValue> => {
    const episode = first + row, start = episode === 0 ? 0 : episodeEnds[episode - 1]!;
    const length = episodeEnds[episode]! - start;
    return { episode, length, duration: length / schema.controlHz };
  });
  for (const spec of recordedFields(dataset)) {
    const { data, dtype, shape } = await dataset.readEpisodeRows(spec.name, first, end);
    const size = rowSize(shape), name = recordField(spec);
    const valueAt = (index: number): FieldValue => {
      if (dtype === "bool") return data[index] === 1;
      if (name === "split") return SPLITS[Number(data[index])]!;
      if (name === "source") return sources[Number(data[index])]!;
      return Number(data[index]);
    };
    records.forEach((record, row) => {
      record[name] = shape.length === 0
        ? valueAt(row)
        : Array.from(data.subarray(row * size, (row + 1) * size), Number);
    });
  }
  return records;
}

/** Names that a condition on the episodes of a dataset may use. */
export function recordFields(dataset: EpisodeRecords): readonly string[] {
  return [...Object.keys(DERIVED_FIELDS), ...recordedFields(dataset).map(recordField)];
}

/**
 * Numbers of the episodes that meet a condition, ascending.
 *
 * @throws {InvalidInputError} If the condition cannot be read, or names an unknown field
 */
export async function episodesWhere(dataset: EpisodeRecords, condition: string): Promise<number[]> {
  const matches = compileCondition(condition, recordFields(dataset));
  const found: number[] = [];
  for await (const records of readRecords(dataset)) {
    for (const record of records) if (matches(record)) found.push(Number(record["episode"]));
  }
  return found;
}
