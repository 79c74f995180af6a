import * as fs from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import type { ImportFaults } from "../imports/fault.ts";
import {
  type ImportedEpisodes,
  type ImportPlan,
  type ImportRequest,
  registerImporter,
} from "../imports/importer.ts";
import { ownSchema } from "../datasets/merge_schema.ts";
import { columnOfRow, readEpisodeRows } from "./episode_reader.ts";
import {
  episodeFields,
  type LeRobotPlan,
  planForeignImport,
  planOwnImport,
} from "./import_plan.ts";
import { ParquetSource } from "./parquet_read.ts";
import { type LeRobotEpisode, parquetFiles, readEpisodes } from "./read_episodes.ts";
import { isVersion2, type LeRobotInfo, readInfo } from "./read_info.ts";
import { episodeBytes, type OwnMetadataRead, readOwn, recordsOf } from "./read_own.ts";
import { type IndexedTexts, readTexts } from "./read_texts.ts";
import { scanRows } from "./scan_rows.ts";
import { CameraFrames } from "./video_frames.ts";

/**
 * Reads LeRobot datasets of versions 2.0, 2.1 and 3. What an export of Sluice wrote comes back as it
 * was, but for what videos lose.
 */
registerImporter({
  name: "lerobot",
  description: "a LeRobot dataset: a directory with meta/info.json",
  detects: (source) => fs.existsSync(join(source, "meta/info.json")),
  plan: planLeRobot,
});

/** Bytes of one episode in memory, at most. */
const MAX_EPISODE_BYTES = 4 * 2 ** 30;

async function planLeRobot(request: ImportRequest): Promise<ImportPlan> {
  const { source, openFrames, faults } = request;
  const info = readInfo(source, faults), isLines = isVersion2(info);
  const tasks = await readTexts(source, { name: "task", isLines, faults });
  const subtasks = await readTexts(source, { name: "subtask", isLines, faults });
  const videos = openFrames !== null;
  const cameras = Object.entries(info.features)
    .filter(([name, { dtype }]) => videos && dtype === "video" && !request.skip.has(name))
    .map(([name]) => name);
  const episodes = await readEpisodes(source, { info, cameras, faults });
  compareCounts(info, { episodes, tasks, faults });
  const files = parquetFiles(source, "data", faults);
  const scan = await scanRows(files, episodes, { source, tasks: tasks.places, faults });
  const options = { ...request, ...scan, videos, tasks, subtasks };
  const own = await readOwn(source, { ...options, info, episodes, files });
  const plan = own === null
    ? planForeignImport(info, options)
    : planOwnImport(info, own.schema, options);
  // Rows that were edited have lost what was known of their episodes.
  const episode = own?.episodes === null ? episodeFields(info, options) : plan.schema.episode;
  const { schema, seed } = ownSchema({ ...plan.schema, episode });
  requireMemory(episodes, { schema, faults });
  return {
    columns: plan.columns.flatMap(({ column, fields }) =>
      fields.map(({ name, dtype, shape }) => ({ column, field: name, dtype, shape }))
    ),
    leftOut: plan.leftOut,
    schema,
    seeded: seed !== undefined,
    lengths: episodes.map(({ length }) => length),
    splits: own?.episodes?.splits ?? splitsOf(info, episodes.length),
    attributes: { ...textsOf("tasks", tasks), ...textsOf("subtasks", subtasks) },
    read: () =>
      readTables(files, {
        request,
        plan: { ...plan, schema: { ...schema, episode } },
        episodes,
        own,
        tasks,
      }),
  };
}

function textsOf(name: string, { texts }: IndexedTexts): Readonly<Record<string, JsonValue>> {
  return texts.length === 0 ? {} : { [name]: texts };
}

/** Compares what `meta/info.json` counts with what is there. */
function compareCounts(
  { total_episodes, total_frames, total_tasks }: LeRobotInfo,
  { episodes, tasks, faults }: {
    readonly episodes: readonly LeRobotEpisode[];
    readonly tasks: IndexedTexts;
    readonly faults: ImportFaults;
  },
): void {
  const found = {
    episodes: [total_episodes, episodes.length, "meta/episodes"],
    frames: [total_frames, episodes.reduce((sum, { length }) => sum + length, 0), "meta/episodes"],
    tasks: [total_tasks, tasks.texts.length, "meta/tasks"],
  } as const;
  for (const [what, [said, counted, where]] of Object.entries(found)) {
    if (said === undefined || said === counted) continue;
    faults.report({
      code: "count_mismatch",
      severity: "warning",
      place: '"meta/info.json"',
      message: `expected ${said} ${what} as it says, found ${counted} in ${where}: some may be ` +
        "missing; copy the dataset again, or correct the number",
    });
  }
  const hole = episodes.findIndex(({ index }, at) => index !== at);
  if (hole < 0) return;
  const missing = episodes.at(-1)!.index + 1 - episodes.length;
  faults.report({
    code: "numbering_hole",
    severity: "warning",
    place: '"meta/episodes"',
    message: `expected episodes numbered from 0 without holes, found none numbered ${hole} and ` +
      `${missing} missing in all: the others arrive, with their numbers in the field candidate`,
  });
}

/** Refuses episodes that are too large to be read. */
function requireMemory(
  episodes: readonly LeRobotEpisode[],
  { schema, faults }: Pick<LeRobotPlan, "schema"> & { readonly faults: ImportFaults },
): void {
  for (const { index, length } of episodes) {
    const bytes = episodeBytes(schema, length);
    if (bytes <= MAX_EPISODE_BYTES) continue;
    throw faults.refuse({
      code: "too_large",
      place: `episode ${index}`,
      message: `expected at most ${MAX_EPISODE_BYTES} bytes, found ${bytes}: leave large columns ` +
        "out by --skip",
    });
  }
}

/** Splits by the ranges of `meta/info.json` where it has more than one. */
function splitsOf({ splits = {} }: LeRobotInfo, episodes: number): Uint8Array | null {
  const names: Readonly<Record<string, number>> = { train: 0, val: 1, validation: 1, test: 2 };
  const ranges = Object.entries(splits).flatMap(([name, range]) => {
    const [, start, end] = /^(\d+):(\d+)$/.exec(range) ?? [];
    const split = Object.hasOwn(names, name) ? names[name] : undefined;
    return split === undefined || start === undefined ? [] : [[split, +start, +end!] as const];
  });
  if (ranges.length < 2) return null;
  const assigned = new Uint8Array(episodes);
  for (const [split, start, end] of ranges) assigned.fill(split, start, end);
  return assigned;
}

interface ReadOptions {
  readonly request: ImportRequest;
  readonly plan: LeRobotPlan;
  readonly episodes: readonly LeRobotEpisode[];
  readonly own: OwnMetadataRead | null;
  readonly tasks: IndexedTexts;
}

/** Every episode as a table of one. */
async function* readTables(
  files: readonly string[],
  { request, plan: { columns, schema }, episodes, own, tasks }: ReadOptions,
): AsyncGenerator<ImportedEpisodes> {
  const { source, openFrames, faults } = request, file = own?.episodes?.file;
  using kept = file === undefined ? null : await ParquetSource.open(file);
  const records = kept === null ? null : recordsOf(kept, schema.episode.map(({ name }) => name));
  await using resources = new AsyncDisposableStack();
  const cameras = new Map<string, CameraFrames>();
  for (const { column, fields, images } of columns) {
    if (images !== "video" || openFrames === null) continue;
    const video = { shape: fields[0]!.shape, fps: schema.controlHz }; // an image each
    cameras.set(column, resources.use(new CameraFrames(source, openFrames, video)));
  }
  const options = { source, columns, tasks: tasks.places, cameras, faults };
  for await (const { length, step, episode } of readEpisodeRows(files, episodes, options)) {
    const values = records === null ? episode : (await records.next()).value ?? {};
    const own = schema.episode.map((field) =>
      [field.name, columnOfRow(field, values[field.name])] as const
    );
    yield {
      table: { lengths: Int32Array.of(length), step, episode: Object.fromEntries(own) },
      seeds: [Number(values["seed"] ?? 0)],
    };
  }
}
