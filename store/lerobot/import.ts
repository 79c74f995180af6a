import * as fs from "node:fs";
import { join } from "node:path";
import type { EpisodeSchema } from "../../core/episode.ts";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import {
  type ImportedEpisodes,
  type ImportPlan,
  type ImportRequest,
  registerImporter,
} from "../imports/importer.ts";
import { ownSchema } from "../datasets/merge_schema.ts";
import { columnOfRow, readEpisodeRows } from "./episode_reader.ts";
import { type LeRobotPlan, planForeignImport, planOwnImport } from "./import_plan.ts";
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

/** Reads LeRobot v3 datasets. What an export of Sluice wrote comes back as it was, but for what videos lose. */
registerImporter({
  name: "lerobot",
  description: "a LeRobot dataset: a directory with meta/info.json",
  detects: (source) => fs.existsSync(join(source, "meta/info.json")),
  plan: planLeRobot,
});

async function planLeRobot(
  { source, rename, skip, openFrames, faults }: ImportRequest,
): Promise<ImportPlan> {
  const info = readInfo(source);
  const tasks = await readTasks(source);
  const options = { videos: openFrames !== null, rename, skip, faults };
  const videos = Object.entries(info.features).filter(([, { dtype }]) => dtype === "video");
  const episodes = await readEpisodes(source, options.videos ? videos.map(([name]) => name) : []);
  const stored = await readOwn(source, episodes.length);
  const plan = stored === null
    ? planForeignImport(info, tasks.length, options)
    : planOwnImport(info, stored.schema, options);
  const { schema, seed } = ownSchema(plan.schema);
  return {
    columns: plan.columns.flatMap(({ column, fields }) =>
      fields.map(({ name, dtype, shape }) => ({ column, field: name, dtype, shape }))
    ),
    leftOut: plan.leftOut,
    schema,
    seeded: seed !== undefined,
    lengths: episodes.map(({ length }) => length),
    splits: stored?.splits ?? splitsOf(info, episodes.length),
    attributes: { tasks },
    read: () => readTables(source, { plan, episodes, stored, openFrames }),
  };
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

/** Splits by the ranges of `meta/info.json` where it has more than one. */
function splitsOf({ splits = {} }: LeRobotInfo, episodes: number): Uint8Array | null {
  const names: Readonly<Record<string, number>> = { train: 0, val: 1, validation: 1, test: 2 };
  const ranges = Object.entries(splits).flatMap(([name, range]) => {
    const [, start, end] = /^(\d+):(\d+)$/.exec(range) ?? [];
    const split = names[name];
    return split === undefined || start === undefined ? [] : [[split, +start, +end!] as const];
  });
  if (ranges.length < 2) return null;
  const assigned = new Uint8Array(episodes);
  for (const [split, start, end] of ranges) assigned.fill(split, start, end);
  return assigned;
}

interface ReadOptions {
  readonly plan: LeRobotPlan;
  readonly episodes: readonly LeRobotEpisode[];
  readonly stored: OwnEpisodes | null;
  readonly openFrames: OpenFrames | null;
}

/** Every episode as a table of one. */
async function* readTables(
  source: string,
  { plan, episodes, stored, openFrames }: ReadOptions,
): AsyncGenerator<ImportedEpisodes> {
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
      seeds: [Number(values["seed"] ?? 0)],
    };
  }
}

async function* recordsOf(
  file: ParquetSource,
  { episode }: EpisodeSchema,
): AsyncGenerator<ParquetRecord, undefined> {
  for await (const records of file.read(episode.map(({ name }) => name))) yield* records;
}
