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

/** Reads the data that are stored once per episode. */
export async function readRecords(dataset: EpisodeRecords): Promise<EpisodeRecord[]> {
  const records = Array.from({ length: dataset.episodes }, (_, episode) => {
    const start = episode === 0 ? 0 : dataset.episodeEnds[episode - 1]!;
    const length = dataset.episodeEnds[episode]! - start;
    const duration = length / dataset.schema.controlHz;
    return { episode, length, duration } as Record<string, FieldValue>; // the rest is added below
  });
  for (const spec of recordedFields(dataset)) {
    const { data, dtype, shape } = await dataset.readEpisodes(spec.name);
    const size = rowSize(shape), name = recordField(spec);
    const valueAt = (index: number): FieldValue => {
      if (dtype === "bool") return data[index] === 1;
      if (name === "split") return SPLITS[Number(data[index])]!;
      if (name === "source") return dataset.sources[Number(data[index])]!;
      return Number(data[index]);
    };
    records.forEach((record, episode) => {
      record[name] = shape.length === 0
        ? valueAt(episode)
        : Array.from(data.subarray(episode * size, (episode + 1) * size), Number);
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
  const records = await readRecords(dataset);
  return records.flatMap((record, episode) => matches(record) ? [episode] : []);
}
