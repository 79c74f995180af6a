import type { Feature } from "./features.ts";
import type { FileIndex } from "./layout.ts";
import type { ParquetColumn, ParquetRows } from "./parquet.ts";
import type { VideoPlace } from "./image_columns.ts";
import { type FeatureStatistics, holdsImages, MOMENTS, type Moments } from "./statistics.ts";

/** Reads and writes `meta/episodes`: the place of each episode, and its statistics. */

/** One episode. */
export interface EpisodeRecord {
  readonly index: number;
  readonly length: number;
  /** Number of its first frame. */
  readonly frame: number;
  /** Texts, in the order in which they come. */
  readonly tasks: readonly string[];
  readonly data: FileIndex;
  /** Positions of the episode's videos, by feature. */
  readonly videos: Readonly<Record<string, VideoPlace>>;
  readonly statistics: Readonly<Record<string, FeatureStatistics>>;
}

/** Columns of the records of a dataset. */
export function recordColumns(features: readonly Feature[]): readonly ParquetColumn[] {
  const integer = (name: string) => ({ name, type: "int64", depth: 0 } as const);
  return [
    integer("episode_index"),
    { name: "tasks", type: "string", depth: 1 },
    integer("length"),
    integer("data/chunk_index"),
    integer("data/file_index"),
    integer("dataset_from_index"),
    integer("dataset_to_index"),
    ...features.filter(({ dtype }) => dtype === "video").flatMap(({ name }) => [
      integer(`videos/${name}/chunk_index`),
      integer(`videos/${name}/file_index`),
      { name: `videos/${name}/from_timestamp`, type: "float64", depth: 0 } as const,
      { name: `videos/${name}/to_timestamp`, type: "float64", depth: 0 } as const,
    ]),
    ...features.flatMap((feature) => [
      ...MOMENTS.map((moment): ParquetColumn => ({
        name: `stats/${feature.name}/${moment}`,
        type: "float64",
        depth: holdsImages(feature) ? 3 : 1,
      })),
      { name: `stats/${feature.name}/count`, type: "int64", depth: 1 } as const,
    ]),
    integer("meta/episodes/chunk_index"),
    integer("meta/episodes/file_index"),
  ];
}

/** @param file Where the records themselves will lie */
export function recordRows(
  records: readonly EpisodeRecord[],
  features: readonly Feature[],
  file: FileIndex,
): ParquetRows {
  const integers = (valueOf: (record: EpisodeRecord) => number) =>
    records.map((record) => BigInt(valueOf(record)));
  const rows: Record<string, readonly unknown[]> = {
    "episode_index": integers(({ index }) => index),
    "tasks": records.map(({ tasks }) => tasks),
    "length": integers(({ length }) => length),
    "data/chunk_index": integers(({ data }) => data.chunk),
    "data/file_index": integers(({ data }) => data.file),
    "dataset_from_index": integers(({ frame }) => frame),
    "dataset_to_index": integers(({ frame, length }) => frame + length),
    "meta/episodes/chunk_index": integers(() => file.chunk),
    "meta/episodes/file_index": integers(() => file.file),
  };
  for (const feature of features) {
    const { name } = feature;
    const statistics = records.map((record) => record.statistics[name]!);
    for (const moment of MOMENTS) {
      rows[`stats/${name}/${moment}`] = statistics.map(({ moments }) =>
        momentOf(feature, moments, moment)
      );
    }
    rows[`stats/${name}/count`] = statistics.map(({ count }) => [BigInt(count)]);
    if (feature.dtype !== "video") continue;
    const places = records.map(({ videos }) => videos[name]!);
    rows[`videos/${name}/chunk_index`] = places.map(({ chunk }) => BigInt(chunk));
    rows[`videos/${name}/file_index`] = places.map(({ file }) => BigInt(file));
    rows[`videos/${name}/from_timestamp`] = places.map(({ from }) => from);
    rows[`videos/${name}/to_timestamp`] = places.map(({ to }) => to);
  }
  return rows;
}

/** A statistic as LeRobot shapes it: `[n]`, of images `[3, 1, 1]`. */
export function momentOf(
  feature: Feature,
  moments: Moments,
  moment: keyof Moments,
): readonly number[] | readonly (readonly (readonly number[])[])[] {
  const values = moments[moment];
  return holdsImages(feature) ? values.map((value) => [[value]]) : values;
}
