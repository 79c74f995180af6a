import * as fs from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { momentOf } from "./episode_records.ts";
import type { Feature } from "./features.ts";
import {
  CHUNK_FILES,
  CODEBASE_VERSION,
  DATA_FILE_MB,
  DATA_PATH,
  VIDEO_FILE_MB,
  VIDEO_PATH,
} from "./layout.ts";
import { ParquetFile } from "./parquet.ts";
import { type FeatureStatistics, MOMENTS } from "./statistics.ts";

/** The small files of `meta/`: info.json, stats.json and tasks.parquet. */

export interface DatasetInfo {
  readonly fps: number;
  readonly robot: string;
  readonly episodes: number;
  readonly frames: number;
  readonly tasks: number;
  readonly features: readonly Feature[];
}

/** Writes `meta/info.json`. */
export function writeInfo(directory: string, info: DatasetInfo): void {
  const { fps, robot, episodes, frames, tasks, features } = info;
  writeJson(join(directory, "meta/info.json"), {
    codebase_version: CODEBASE_VERSION,
    robot_type: robot,
    total_episodes: episodes,
    total_frames: frames,
    total_tasks: tasks,
    chunks_size: CHUNK_FILES,
    data_files_size_in_mb: DATA_FILE_MB,
    video_files_size_in_mb: VIDEO_FILE_MB,
    fps,
    splits: { train: `0:${episodes}` },
    data_path: DATA_PATH,
    video_path: features.some(({ dtype }) => dtype === "video") ? VIDEO_PATH : null,
    features: Object.fromEntries(features.map((feature) => {
      const { name, dtype, shape, names } = feature;
      // As JSON, whatever the compiler of a project that links this one makes of absent properties.
      const info: JsonValue = dtype === "video" ? { info: videoInfo(feature, fps) } : {};
      return [name, { dtype, shape, names, ...info }];
    })),
  });
}

function videoInfo({ shape }: Feature, fps: number): JsonValue {
  return {
    "video.height": shape[0]!,
    "video.width": shape[1]!,
    "video.codec": "h264",
    "video.pix_fmt": "yuv420p",
    "video.is_depth_map": false,
    "video.fps": fps,
    "video.channels": 3,
    "has_audio": false,
  };
}

/** Writes `meta/stats.json`. @param statistics By feature, over all episodes */
export function writeStatistics(
  directory: string,
  features: readonly Feature[],
  statistics: ReadonlyMap<string, FeatureStatistics>,
): void {
  const entries = features.map((feature) => {
    const { count, moments } = statistics.get(feature.name)!;
    const values = MOMENTS.map((moment) => [moment, momentOf(feature, moments, moment)]);
    return [feature.name, { ...Object.fromEntries(values), count: [count] }];
  });
  writeJson(join(directory, "meta/stats.json"), Object.fromEntries(entries));
}

/** Name under which pandas stores an index that has none. */
const INDEX = "__index_level_0__";

/**
 * Writes `meta/tasks.parquet` or `meta/subtasks.parquet`: a pandas table whose index is the texts.
 *
 * @param name Of what the texts are
 */
export async function writeTexts(
  directory: string,
  name: "task" | "subtask",
  texts: readonly string[],
): Promise<void> {
  const column = (name: string | null, field: string, types: readonly [string, string]) => ({
    name,
    field_name: field,
    pandas_type: types[0],
    numpy_type: types[1],
    metadata: null,
  });
  const pandas = {
    index_columns: [INDEX],
    column_indexes: [column(null, "None", ["unicode", "object"])],
    columns: [
      column(`${name}_index`, `${name}_index`, ["int64", "int64"]),
      column(null, INDEX, ["unicode", "object"]),
    ],
    creator: { library: "sluice", version: "1" },
    pandas_version: "2.0.0",
  };
  const file = new ParquetFile(
    join(directory, `meta/${name}s.parquet`),
    [{ name: `${name}_index`, type: "int64", depth: 0 }, { name: INDEX, type: "string", depth: 0 }],
    { pandas: JSON.stringify(pandas) },
  );
  await file.write({
    [`${name}_index`]: texts.map((_, index) => BigInt(index)),
    [INDEX]: texts,
  });
  await file.finish();
}

/** Writes a value as people read it. */
export function writeJson(path: string, value: JsonValue): void {
  fs.writeFileSync(path, JSON.stringify(value, null, 4) + "\n");
}
