/**
 * Layout of the files of a LeRobot dataset.
 *
 * @see huggingface/lerobot v0.4.4, `datasets/utils.py`, `DEFAULT_DATA_PATH` and its neighbours
 */

/** Format that is written, and read. */
export const CODEBASE_VERSION = "v3.0";

/** Files of one directory. */
export const CHUNK_FILES = 1000;

/** Templates of `meta/info.json`. */
export const DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
export const VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";

/** Sizes up to which LeRobot's tools fill a file when they extend a dataset (MB). */
export const DATA_FILE_MB = 100, VIDEO_FILE_MB = 200;

/** Position of a file in a series: its directory, and its number in it. */
export interface FileIndex {
  readonly chunk: number;
  readonly file: number;
}

/** @param number Of the file among all of its series */
export function fileIndex(number: number): FileIndex {
  return { chunk: Math.floor(number / CHUNK_FILES), file: number % CHUNK_FILES };
}

/** `chunk-000/file-000.<ending>` of a series. */
export function filePath({ chunk, file }: FileIndex, ending: string): string {
  const pad = (number: number) => String(number).padStart(3, "0");
  return `chunk-${pad(chunk)}/file-${pad(file)}.${ending}`;
}
