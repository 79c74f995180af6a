import * as fs from "node:fs";
import { join } from "node:path";
import type { ColumnData, EpisodeTable } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { ExportExtras } from "../exports/exporters.ts";
import { type EpisodeRecord, recordColumns, recordRows } from "./episode_records.ts";
import { depthOf, type EpisodePlace, nestRows, valuesOf } from "./episode_rows.ts";
import { type Feature, featuresOf } from "./features.ts";
import { writeInfo, writeJson, writeStatistics, writeTasks } from "./metadata.ts";
import { ABOUT_FILE, OwnMetadata } from "./own_metadata.ts";
import { type ParquetColumn, ParquetSeries } from "./parquet.ts";
import { encodePictures, fitsVideo, type VideoPlace, VideoSeries } from "./pictures.ts";
import { featureStatistics, TotalStatistics } from "./statistics.ts";

/** Bytes from which on a file of rows is closed: with a last group of rows it is below LeRobot's 100 MB. */
const FILE_LIMIT = 80 * 2 ** 20;

/** Episodes whose records are written at a time. */
const RECORD_BATCH = 512;

/** Tasks of a dataset, and the one of each episode. */
export interface EpisodeTasks {
  readonly texts: readonly string[];
  /** `[episodes]` indices into the texts; null where all have the first. */
  readonly byEpisode: ColumnData | null;
}

/** Writes a LeRobot dataset some episodes at a time. Memory holds those, and one video a camera. */
export class LeRobotWriter implements Disposable {
  readonly #directory: string;
  readonly #dataset: Dataset;
  readonly #extras: ExportExtras;
  readonly #tasks: EpisodeTasks;
  readonly #features: readonly Feature[];
  readonly #totals: ReadonlyMap<string, TotalStatistics>;
  readonly #videos: ReadonlyMap<string, VideoSeries>;
  readonly #data: ParquetSeries;
  readonly #records: ParquetSeries;
  readonly #own: OwnMetadata;
  #pending: EpisodeRecord[] = [];
  /** Episodes read and episodes written: those without a step are left out. */
  #read = 0;
  #written = 0;
  #frames = 0;

  /** @param directory Empty */
  constructor(
    directory: string,
    { dataset, tasks, extras }: {
      readonly dataset: Dataset;
      readonly tasks: EpisodeTasks;
      readonly extras: ExportExtras;
    },
  ) {
    const { schema } = dataset, fps = schema.controlHz, { openVideo = null } = extras;
    this.#directory = directory;
    this.#dataset = dataset;
    this.#extras = extras;
    this.#tasks = tasks;
    this.#features = featuresOf(
      schema,
      (shape) => openVideo !== null && fitsVideo(shape, fps) ? "video" : "image",
    );
    this.#totals = new Map(this.#features.map(({ name }) => [name, new TotalStatistics()]));
    this.#videos = new Map(
      this.#features.filter(({ dtype }) => dtype === "video").map(({ name, shape }) => {
        const [height, width] = shape as [number, number];
        const place = join(directory, "videos", name);
        return [name, new VideoSeries(place, openVideo!, { width, height, fps })];
      }),
    );
    this.#data = new ParquetSeries(
      join(directory, "data"),
      this.#features.filter(({ dtype }) => dtype !== "video").map(columnOf),
      FILE_LIMIT,
    );
    this.#records = new ParquetSeries(
      join(directory, "meta/episodes"),
      recordColumns(this.#features),
      FILE_LIMIT,
    );
    fs.mkdirSync(join(directory, "meta/sluice"), { recursive: true });
    this.#own = new OwnMetadata(directory, schema);
  }

  /** Appends the next episodes of the dataset. */
  async append(table: EpisodeTable): Promise<void> {
    const file = await this.#data.open();
    const rows: Record<string, unknown[]> = {};
    const selected: number[] = [];
    let row = 0;
    for (const [episode, length] of table.lengths.entries()) {
      const task = Number(this.#tasks.byEpisode?.[this.#read++] ?? 0);
      if (length === 0) continue;
      const place = {
        episode,
        row,
        length,
        task,
        index: this.#written++,
        frame: this.#frames,
        fps: this.#dataset.schema.controlHz,
      };
      const { videos, statistics } = await this.#appendEpisode(table, place, rows);
      const { index, frame } = place;
      this.#pending.push({
        index,
        length,
        frame,
        task: this.#tasks.texts[task]!,
        data: file,
        videos,
        statistics,
      });
      selected.push(episode);
      row += length;
      this.#frames += length;
    }
    if (selected.length === 0) return;
    await this.#data.write(rows);
    await this.#own.append(table, selected);
    if (this.#pending.length >= RECORD_BATCH) await this.#writeRecords();
  }

  /** @param rows By feature; gets those of the episode */
  async #appendEpisode(
    table: EpisodeTable,
    place: EpisodePlace,
    rows: Record<string, unknown[]>,
  ): Promise<Pick<EpisodeRecord, "videos" | "statistics">> {
    const videos: Record<string, VideoPlace> = {};
    const statistics: EpisodeRecord["statistics"][string][] = [];
    for (const feature of this.#features) {
      const { name, dtype, shape } = feature;
      const values = valuesOf(feature, table, place);
      const ofEpisode = featureStatistics(feature, values);
      statistics.push(ofEpisode);
      this.#totals.get(name)!.add(ofEpisode);
      if (dtype === "video") {
        videos[name] = await this.#videos.get(name)!.add(values as Uint8Array); // what pictures are
        continue;
      }
      const nested = dtype === "image"
        ? encodePictures(values as Uint8Array, shape) // what pictures are
        : nestRows(values, feature);
      const column = rows[name] ??= [];
      for (const value of nested) column.push(value);
    }
    const named = this.#features.map(({ name }, i) => [name, statistics[i]!] as const);
    return { videos, statistics: Object.fromEntries(named) };
  }

  async #writeRecords(): Promise<void> {
    const file = await this.#records.open();
    await this.#records.write(recordRows(this.#pending, this.#features, file));
    this.#pending = [];
  }

  /** Writes what is left, and the files that describe the whole. */
  async finish(): Promise<void> {
    await this.#writeRecords();
    await this.#records.finish();
    await this.#data.finish();
    await this.#own.finish();
    for (const video of this.#videos.values()) video.finish();
    await writeTasks(this.#directory, this.#tasks.texts);
    const statistics = [...this.#totals].map(([name, total]) => [name, total.result()] as const);
    writeStatistics(this.#directory, this.#features, new Map(statistics));
    const { environment, controlHz } = this.#dataset.schema, { about } = this.#extras;
    if (about !== undefined) writeJson(join(this.#directory, ABOUT_FILE), about);
    writeInfo(this.#directory, {
      fps: controlHz,
      robot: this.#extras.robot ?? environment,
      episodes: this.#written,
      frames: this.#frames,
      tasks: this.#tasks.texts.length,
      features: this.#features,
    });
  }

  [Symbol.dispose](): void {
    for (const video of this.#videos.values()) video[Symbol.dispose]();
  }
}

function columnOf({ name, dtype, shape }: Feature): ParquetColumn {
  if (dtype === "image") return { name, type: "png", depth: 0 };
  if (dtype === "video") throw new RangeError(`Cannot keep "${name}" as a column: it is a video`);
  return { name, type: dtype, depth: depthOf(shape) };
}
