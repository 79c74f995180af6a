import * as fs from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { listDirectory } from "../files/files.ts";
import { ParquetSource } from "./parquet_read.ts";
import type { FramePlace } from "./video_frames.ts";

/** What a LeRobot dataset says of itself. */

/** A feature of `meta/info.json`. */
const FEATURE = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  // A list, or a list under a heading, or nothing.
  names: z.unknown().optional(),
});

const INFO = z.object({
  codebase_version: z.string(),
  robot_type: z.string().nullish(),
  fps: z.number().positive(),
  splits: z.record(z.string(), z.string()).optional(),
  features: z.record(z.string(), FEATURE),
});

/** `meta/info.json`, as far as it is read. */
export type LeRobotInfo = z.output<typeof INFO>;

/** What `meta/episodes` says of one episode. */
export interface LeRobotEpisode {
  readonly index: number;
  readonly length: number;
  /** Where its frames begin, by camera. */
  readonly videos: Readonly<Record<string, FramePlace>>;
}

/**
 * Reads `meta/info.json`.
 *
 * @throws {InvalidInputError} If the directory holds no LeRobot dataset, or one of another version
 */
export function readInfo(directory: string): LeRobotInfo {
  const path = join(directory, "meta/info.json");
  const refuse = (expected: string, found: string, remedy: string) =>
    new InvalidInputError(
      `Cannot import "${directory}": expected ${expected}, found ${found}: ${remedy}`,
    );
  if (!fs.existsSync(path)) {
    throw refuse('a LeRobot dataset with "meta/info.json"', "none", "name another directory");
  }
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(path, "utf8"));
  } catch (error) {
    throw refuse('JSON in "meta/info.json"', messageOf(error), "copy the dataset again");
  }
  const version = z.object({ codebase_version: z.string() }).safeParse(content).data;
  if (version !== undefined && !/^v3\./.test(version.codebase_version)) {
    throw refuse(
      "LeRobot v3.x",
      version.codebase_version,
      "convert it with lerobot's convert_dataset_v21_to_v30",
    );
  }
  const parsed = INFO.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(
    `the fields of LeRobot v3 in "meta/info.json"`,
    `${issue!.path.join(".")}: ${issue!.message}`,
    "copy the dataset again",
  );
}

/** Texts of the tasks, by index. */
export async function readTasks(directory: string): Promise<readonly string[]> {
  using source = await ParquetSource.open(join(directory, "meta/tasks.parquet"));
  // pandas calls an index without a name so; later versions of LeRobot name it.
  const text = source.columns.find((name) => name !== "task_index") ?? "task";
  const texts: string[] = [];
  for await (const rows of source.read(["task_index", text])) {
    for (const row of rows) texts[Number(row["task_index"])] = String(row[text]);
  }
  return texts;
}

/** Every episode, in order. @param cameras Columns whose pictures are frames of videos */
export async function readEpisodes(
  directory: string,
  cameras: readonly string[],
): Promise<readonly LeRobotEpisode[]> {
  const columnsOf = (camera: string) =>
    ["chunk_index", "file_index", "from_timestamp"].map((name) => `videos/${camera}/${name}`);
  const names = ["episode_index", "length", ...cameras.flatMap(columnsOf)];
  const episodes: LeRobotEpisode[] = [];
  for (const path of parquetFiles(join(directory, "meta/episodes"))) {
    using source = await ParquetSource.open(path);
    for await (const rows of source.read(names)) {
      for (const row of rows) {
        const places = cameras.map((camera) => {
          const [chunk, file, from] = columnsOf(camera).map((name) => Number(row[name]));
          return [camera, { chunk: chunk!, file: file!, from: from! }] as const;
        });
        episodes.push({
          index: Number(row["episode_index"]),
          length: Number(row["length"]),
          videos: Object.fromEntries(places),
        });
      }
    }
  }
  return episodes.sort((a, b) => a.index - b.index);
}

/**
 * Files `chunk-000/file-000.parquet` and so on of a directory, in order.
 *
 * @throws {InvalidInputError} If there are none
 */
export function parquetFiles(directory: string): readonly string[] {
  const files = listDirectory(directory).flatMap((chunk) =>
    listDirectory(join(directory, chunk.name))
      .filter(({ name }) => name.endsWith(".parquet"))
      .map(({ name }) => join(directory, chunk.name, name))
  );
  if (files.length > 0) return files;
  throw new InvalidInputError(
    `Cannot import "${directory}": expected chunks of Parquet files, found none: copy the dataset ` +
      "again",
  );
}
