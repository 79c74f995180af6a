import { join } from "node:path";
import type { ImportFaults } from "../imports/fault.ts";
import { listDirectory } from "../files/files.ts";
import { readJsonLines } from "./json_lines.ts";
import { filePath } from "./layout.ts";
import { ParquetSource } from "./parquet_read.ts";
import { isVersion2, type LeRobotInfo } from "./read_info.ts";
import type { FramePlace } from "./video_frames.ts";

/** Entry of an episode in `meta/episodes`. */
export interface LeRobotEpisode {
  readonly index: number;
  readonly length: number;
  /** Position of its first frame, by camera. */
  readonly videos: Readonly<Record<string, FramePlace>>;
}

export interface EpisodesOptions {
  readonly info: LeRobotInfo;
  /** Columns whose images are frames of videos. */
  readonly cameras: readonly string[];
  readonly faults: ImportFaults;
}

/**
 * Every episode, in order.
 *
 * @throws {ImportError} If an episode has no number or length of its own
 */
export async function readEpisodes(
  directory: string,
  { info, cameras, faults }: EpisodesOptions,
): Promise<readonly LeRobotEpisode[]> {
  const place = isVersion2(info) ? '"meta/episodes.jsonl"' : '"meta/episodes"';
  const rows = isVersion2(info)
    ? readLines(directory, { info, cameras, faults })
    : readRecords(directory, cameras, faults);
  const episodes = new Map<number, LeRobotEpisode>();
  for await (const episode of rows) {
    const { index, length } = episode;
    if (!isCount(index) || !isCount(length) || length < 1 || episodes.has(index)) {
      throw faults.refuse({
        code: "bad_episode",
        place,
        message: `expected episodes with a number of their own and at least 1 step, found ` +
          `episode ${index} with ${length}: repair the file, or copy the dataset again`,
      });
    }
    episodes.set(index, episode);
  }
  return [...episodes.values()].sort((a, b) => a.index - b.index);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The records of LeRobot v3. */
async function* readRecords(
  directory: string,
  cameras: readonly string[],
  faults: ImportFaults,
): AsyncGenerator<LeRobotEpisode> {
  const columnsOf = (camera: string) =>
    ["chunk_index", "file_index", "from_timestamp"].map((name) => `videos/${camera}/${name}`);
  const names = ["episode_index", "length", ...cameras.flatMap(columnsOf)];
  for (const path of parquetFiles(directory, "meta/episodes", faults)) {
    using source = await ParquetSource.open(path);
    for await (const rows of source.read(names)) {
      for (const row of rows) {
        const places = cameras.map((camera) => {
          const [chunk, file, from] = columnsOf(camera).map((name) => Number(row[name]));
          const video = filePath({ chunk: chunk!, file: file! }, "mp4");
          return [camera, { file: join("videos", camera, video), from: from! }] as const;
        });
        yield {
          index: Number(row["episode_index"]),
          length: Number(row["length"]),
          videos: Object.fromEntries(places),
        };
      }
    }
  }
}

/** The lines of LeRobot v2: each episode has files of its own. */
function* readLines(
  directory: string,
  { info, cameras, faults }: EpisodesOptions,
): Generator<LeRobotEpisode> {
  const path = join(directory, "meta/episodes.jsonl");
  for (const line of readJsonLines(path, '"meta/episodes.jsonl"', faults)) {
    const index = Number(line["episode_index"]),
      pad = (n: number, size: number) => String(n).padStart(size, "0");
    const chunk = `chunk-${pad(Math.floor(index / (info.chunks_size ?? 1000)), 3)}`;
    const videos = cameras.map((camera) => {
      const file = join("videos", chunk, camera, `episode_${pad(index, 6)}.mp4`);
      return [camera, { file, from: 0 }] as const;
    });
    yield { index, length: Number(line["length"]), videos: Object.fromEntries(videos) };
  }
}

/**
 * Files `chunk-000/file-000.parquet` and so on of a directory of a dataset, in order.
 *
 * @throws {ImportError} If there are none
 */
export function parquetFiles(
  directory: string,
  within: string,
  faults: ImportFaults,
): readonly string[] {
  const inOrder = new Intl.Collator("en", { numeric: true });
  const list = (path: string) =>
    listDirectory(path).map(({ name }) => name).sort((a, b) => inOrder.compare(a, b));
  const files = list(join(directory, within)).flatMap((chunk) =>
    list(join(directory, within, chunk))
      .filter((name) => name.endsWith(".parquet"))
      .map((name) => join(directory, within, chunk, name))
  );
  if (files.length > 0) return files;
  throw faults.refuse({
    code: "missing_files",
    place: JSON.stringify(within),
    message: "expected chunks of Parquet files, found none: copy the dataset again",
  });
}
