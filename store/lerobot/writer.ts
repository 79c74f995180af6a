import * as fs from "node:fs";
import { join } from "node:path";
import { type EpisodeTable, type FieldSpec, typedData } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { ExportExtras } from "../exports/exporters.ts";
import { type EpisodeRecord, recordColumns, recordRows } from "./episode_records.ts";
import {
  depthOf,
  type EpisodePlace,
  EpisodePlaces,
  type EpisodeTasks,
  nestRows,
  valuesOf,
} from "./episode_rows.ts";
import { type Feature, featuresOf, STEP_TASK } from "./features.ts";
import { writeInfo, writeJson, writeStatistics, writeTexts } from "./metadata.ts";
import { ABOUT_FILE, OwnMetadata } from "./own_metadata.ts";
import { type ParquetColumn, ParquetSeries } from "./parquet.ts";
import { encodeImages, fitsVideo, type VideoPlace, VideoSeries } from "./image_columns.ts";
import { featureStatistics, TotalStatistics } from "./statistics.ts";

/**
 * Bytes from which on a file of rows is closed: with a last group of rows it is below LeRobot's 100
 * MB.
 */
const FILE_LIMIT = 80 * 2 ** 20;

/** Episodes whose records are written at a time. */
const RECORD_BATCH = 512;

/** Reads the episodes that were appended once more, with some of their step fields. */
export type ReadAgain = (fields: readonly FieldSpec[]) => AsyncIterable<EpisodeTable>;

/**
 * Writes a LeRobot dataset some episodes at a time. Memory holds those, and one video per camera.
 */
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
  readonly #places: EpisodePlaces;

  /** @param directory Empty */
  constructor(
    directory: string,
    { dataset, tasks, extras }: {
      readonly dataset: Dataset;
      readonly tasks: EpisodeTasks;
      readonly extras: ExportExtras;
    },
  ) {
    const fps = dataset.schema.controlHz, { openVideo = null } = extras;
    const schema = tasks.byStep ? dataset.schema : {
      ...dataset.schema,
      step: dataset.schema.step.filter(({ name }) => name !== STEP_TASK),
    };
    this.#directory = directory;
    this.#dataset = dataset;
    this.#extras = extras;
    this.#tasks = tasks;
    this.#features = featuresOf(
      schema,
      (shape) => openVideo !== null && fitsVideo(shape, fps) ? "video" : "image",
    );
    this.#totals = new Map(
      this.#features.map((feature) => [feature.name, new TotalStatistics(feature)]),
    );
    this.#places = new EpisodePlaces(tasks, fps);
    this.#videos = new Map(
      this.#features.filter(({ dtype }) => dtype === "video").map(({ name, shape }) => {
        const [height = 0, width = 0] = shape;
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
    for (const place of this.#places.next(table)) {
      const { videos, statistics } = await this.#appendEpisode(table, place, rows);
      const { index, frame, length } = place, tasks = this.#tasksOf(table, place);
      this.#pending.push({ index, length, frame, tasks, data: file, videos, statistics });
      selected.push(place.episode);
    }
    if (selected.length === 0) return;
    await this.#data.write(rows);
    await this.#own.append(table, selected);
    if (this.#pending.length >= RECORD_BATCH) await this.#writeRecords();
  }

  /** The texts of the tasks of an episode. */
  #tasksOf(table: EpisodeTable, { row, length, task }: EpisodePlace): readonly string[] {
    const { byStep, texts } = this.#tasks;
    if (!byStep) return [texts[task]!];
    const steps = table.step[STEP_TASK]!.data.subarray(row, row + length);
    return [...new Set(Array.from(steps, Number))].map((index) => texts[index]!);
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
      statistics.push(featureStatistics(feature, values));
      this.#totals.get(name)!.add(values);
      if (dtype === "video") {
        videos[name] = await this.#videos.get(name)!.add(typedData(values, Uint8Array));
        continue;
      }
      const nested = dtype === "image"
        ? encodeImages(typedData(values, Uint8Array), shape)
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
  async finish(readAgain: ReadAgain): Promise<void> {
    await this.#writeRecords();
    await this.#records.finish();
    await this.#data.finish();
    await this.#own.finish();
    for (const video of this.#videos.values()) video.finish();
    await writeTexts(this.#directory, "task", this.#tasks.texts);
    const { subtasks } = this.#dataset.attributes;
    if (Array.isArray(subtasks)) {
      await writeTexts(this.#directory, "subtask", subtasks.map(String));
    }
    await this.#finishStatistics(readAgain);
    const statistics = [...this.#totals].map(([name, total]) => [name, total.result()] as const);
    writeStatistics(this.#directory, this.#features, new Map(statistics));
    const { environment, controlHz } = this.#dataset.schema, { about } = this.#extras;
    if (about !== undefined) writeJson(join(this.#directory, ABOUT_FILE), about);
    writeInfo(this.#directory, {
      fps: controlHz,
      robot: this.#extras.robot ?? environment,
      episodes: this.#places.written,
      frames: this.#places.frames,
      tasks: this.#tasks.texts.length,
      features: this.#features,
    });
  }

  /** Reads rows again until the quantiles of every feature are known. */
  async #finishStatistics(readAgain: ReadAgain): Promise<void> {
    for (;;) {
      const open = this.#features.filter(({ name }) => !this.#totals.get(name)!.isDone);
      if (open.length === 0) return;
      const fields = [...new Set(open.flatMap(({ fields }) => fields))];
      const places = new EpisodePlaces(this.#tasks, this.#dataset.schema.controlHz);
      for await (const table of readAgain(fields)) {
        for (const place of places.next(table)) {
          for (const feature of open) {
            this.#totals.get(feature.name)!.addAgain(valuesOf(feature, table, place));
          }
        }
      }
      for (const { name } of open) this.#totals.get(name)!.endPass();
    }
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
