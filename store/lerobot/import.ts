import * as fs from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { EpisodeSchema, EpisodeTable } from "../../core/episode.ts";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import type { Commit } from "../commit.ts";
import type { ExportControl } from "../exporters.ts";
import { finishDataset } from "../merge.ts";
import { MergedColumns } from "../merge_columns.ts";
import { mergeSchemas, ownSchema } from "../merge_schema.ts";
import { splitEpisodes } from "../split.ts";
import { StoreWriter } from "../writer.ts";
import { columnOfRow, readEpisodeRows } from "./episode_reader.ts";
import { type ImportPlan, planForeignImport, planOwnImport } from "./import_plan.ts";
import { EPISODES_FILE, SCHEMA_FILE } from "./own_metadata.ts";
import { type ParquetRecord, ParquetSource } from "./parquet_read.ts";
import {
  type LeRobotEpisode,
  type LeRobotInfo,
  parquetFiles,
  readEpisodes,
  readInfo,
  readTasks,
} from "./read_metadata.ts";
import { CameraFrames, type OpenFrames } from "./video_frames.ts";

/** Shares of the splits where the dataset has none: those of a merge. */
const SPLIT_FRACTIONS = { train: 0.8, validation: 0.1, test: 0.1 };

/** Episodes between two turns of the event loop, of which each takes a millisecond. */
const TURN = 16;

export interface ImportOptions extends Pick<ExportControl, "signal" | "onProgress"> {
  /** Of the permutation that splits episodes, where the dataset does not say how. */
  readonly seed: number;
  /** Decodes videos; their pictures are left out where absent or null. */
  readonly openFrames?: OpenFrames | null;
}

/** What came of an import. */
export interface ImportResult {
  readonly commit: Commit;
  /** Columns that were not read, each with the reason. */
  readonly leftOut: readonly string[];
}

/**
 * Reads a LeRobot v3 dataset and writes it as a dataset of kind `merge`, which trainers take. What
 * an export of Sluice wrote comes back as it was, but for what videos lose.
 *
 * @param source Directory of the LeRobot dataset
 * @param directory Of the dataset to write; new
 * @throws {InvalidInputError} If the source is no LeRobot v3 dataset, or damaged
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function importLeRobot(
  source: string,
  directory: string,
  { seed, openFrames = null, signal, onProgress }: ImportOptions,
): Promise<ImportResult> {
  const info = readInfo(source);
  const tasks = await readTasks(source);
  const options = { videos: openFrames !== null };
  const videos = Object.entries(info.features).filter(([, { dtype }]) => dtype === "video");
  const episodes = await readEpisodes(source, options.videos ? videos.map(([name]) => name) : []);
  const stored = await readOwn(source, episodes.length);
  const plan = stored === null
    ? planForeignImport(info, tasks.length, options)
    : planOwnImport(info, stored.schema, options);
  const name = basename(source);
  const schema = mergeSchemas([{ name, ...ownSchema(plan.schema) }]);
  const lengths = episodes.map(({ length }) => length);
  const splits = stored?.splits ?? splitsOf(info, episodes.length, seed);
  using writer = new StoreWriter(directory);
  const columns = await MergedColumns.create(writer, schema, lengths, splits);
  let written = 0;
  const read = { plan, episodes, stored, openFrames };
  for await (const { table, seed } of readTables(source, read)) {
    if (written % TURN === 0) await setTimeout(0); // a turn of the event loop: an abort may come
    signal?.throwIfAborted();
    await columns.append(table, [0], () => ({ source: 0, seed }));
    onProgress?.({ episodes: ++written, total: episodes.length });
  }
  const commit = await finishDataset(writer, columns, {
    schema,
    lengths,
    splits,
    rejects: [],
    sources: [name],
    info: { attributes: { tasks } },
  });
  return { commit, leftOut: plan.leftOut };
}

/** What an export of Sluice wrote beside LeRobot's files. */
interface OwnEpisodes {
  readonly schema: EpisodeSchema;
  readonly splits: Uint8Array;
  readonly file: string;
}

/** Null where another tool wrote the dataset, or has changed its episodes. */
async function readOwn(source: string, episodes: number): Promise<OwnEpisodes | null> {
  const file = join(source, EPISODES_FILE), schemaFile = join(source, SCHEMA_FILE);
  if (!fs.existsSync(file) || !fs.existsSync(schemaFile)) return null;
  const splits: number[] = [];
  using parquet = await ParquetSource.open(file);
  for await (const rows of parquet.read(["split"])) {
    for (const { split } of rows) splits.push(Number(split));
  }
  if (splits.length !== episodes) return null;
  try {
    const schema = JSON.parse(fs.readFileSync(schemaFile, "utf8")); // as OwnMetadata wrote it
    return { schema, splits: Uint8Array.from(splits), file };
  } catch (error) {
    throw new InvalidInputError(
      `Cannot import "${source}": expected JSON in "${SCHEMA_FILE}", found ${messageOf(error)}: ` +
        "remove meta/sluice, or copy the dataset again",
    );
  }
}

/** Splits by the ranges of `meta/info.json` where it has more than one, else by chance. */
function splitsOf({ splits = {} }: LeRobotInfo, episodes: number, seed: number): Uint8Array {
  const names: Readonly<Record<string, number>> = { train: 0, val: 1, validation: 1, test: 2 };
  const ranges = Object.entries(splits).flatMap(([name, range]) => {
    const [, start, end] = /^(\d+):(\d+)$/.exec(range) ?? [];
    const split = names[name];
    return split === undefined || start === undefined ? [] : [[split, +start, +end!] as const];
  });
  if (ranges.length < 2) {
    return splitEpisodes(episodes, SPLIT_FRACTIONS, createRandom(seed, "import/split", 0));
  }
  const assigned = new Uint8Array(episodes);
  for (const [split, start, end] of ranges) assigned.fill(split, start, end);
  return assigned;
}

interface ReadOptions {
  readonly plan: ImportPlan;
  readonly episodes: readonly LeRobotEpisode[];
  readonly stored: OwnEpisodes | null;
  readonly openFrames: OpenFrames | null;
}

/** Every episode as a table of one. */
async function* readTables(
  source: string,
  { plan, episodes, stored, openFrames }: ReadOptions,
): AsyncGenerator<{ readonly table: EpisodeTable; readonly seed: number }> {
  using kept = stored === null ? null : await ParquetSource.open(stored.file);
  const records = kept === null ? null : recordsOf(kept, plan.schema);
  const files = parquetFiles(join(source, "data"));
  await using resources = new AsyncDisposableStack();
  const cameras = new Map<string, CameraFrames>();
  for (const { column, fields, pictures } of plan.columns) {
    if (pictures !== "video" || openFrames === null) continue;
    const video = { shape: fields[0]!.shape, fps: plan.schema.controlHz }; // a picture each
    const frames = new CameraFrames(join(source, "videos", column), openFrames, video);
    cameras.set(column, resources.use(frames));
  }
  const { columns } = plan;
  for await (const row of readEpisodeRows(files, episodes, { columns, cameras })) {
    const { length, step, episode } = row;
    const values = records === null ? episode : (await records.next()).value ?? {};
    const own = plan.schema.episode.map((field) =>
      [field.name, columnOfRow(field, values[field.name])] as const
    );
    yield {
      table: { lengths: Int32Array.of(length), step, episode: Object.fromEntries(own) },
      seed: Number(values["seed"] ?? 0),
    };
  }
}

async function* recordsOf(
  file: ParquetSource,
  { episode }: EpisodeSchema,
): AsyncGenerator<ParquetRecord, undefined> {
  for await (const records of file.read(episode.map(({ name }) => name))) yield* records;
}
