import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { type FileIndex, fileIndex, filePath } from "./layout.ts";

/** Images of a dataset: frames of MP4 files that many episodes share, or PNG files. */

/** Video that is being written. Dispose of it, finished or not. */
export interface VideoSink extends Disposable {
  /** Bytes so far, about. */
  readonly bytes: number;
  /** @param rgb `[height · width · 3]` u8, row-major from the top */
  add(rgb: Uint8Array): void;
  /** The MP4 file. */
  finish(): Uint8Array;
}

/** Settings of an encoder. */
export interface VideoFormat {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Frames from one that needs no other to the next. */
  readonly keyframePeriod: number;
}

/** Opens an encoder of H.264. */
export type OpenVideo = (format: VideoFormat) => Promise<VideoSink>;

/** Interval of key frames, as in LeRobot's recorder: training reads frames in any order. */
const KEYFRAME_PERIOD = 2;

/** Bytes from which on a file is closed: an encoder holds its file in memory. */
const FILE_LIMIT = 8 * 2 ** 20;

/**
 * Ticks per second of an MP4 file: frames must fall on them, or they drift from the times of the
 * steps.
 */
const TIMESCALE = 90_000;

/** Whether images can be frames of an H.264 video at the times of their steps. */
export function fitsVideo(shape: readonly number[], fps: number): boolean {
  const [height = 0, width = 0] = shape;
  return height % 2 === 0 && width % 2 === 0 && TIMESCALE % fps === 0;
}

/** Position of an episode among the videos of a camera. */
export interface VideoPlace extends FileIndex {
  /** Seconds from the start of the file. */
  readonly from: number;
  readonly to: number;
}

/** The videos of one camera. */
export class VideoSeries implements Disposable {
  readonly #directory: string;
  readonly #open: OpenVideo;
  readonly #format: Omit<VideoFormat, "keyframePeriod">;
  #video: VideoSink | null = null;
  #frames = 0;
  #files = 0;

  readonly #limit: number;

  /**
   * @param directory Of the camera, made with the first file
   * @param limit Bytes from which on a file is closed
   */
  constructor(
    directory: string,
    open: OpenVideo,
    format: Omit<VideoFormat, "keyframePeriod">,
    limit: number = FILE_LIMIT,
  ) {
    this.#directory = directory;
    this.#open = open;
    this.#format = format;
    this.#limit = limit;
  }

  /** Appends the frames of an episode, flat. */
  async add(frames: Uint8Array): Promise<VideoPlace> {
    if (this.#video !== null && this.#video.bytes >= this.#limit) this.finish();
    if (this.#video === null) {
      this.#video = await this.#open({ ...this.#format, keyframePeriod: KEYFRAME_PERIOD });
      this.#files++;
      this.#frames = 0;
    }
    const { width, height, fps } = this.#format, size = width * height * 3;
    const from = this.#frames / fps;
    for (let at = 0; at < frames.length; at += size) {
      this.#video.add(frames.subarray(at, at + size));
      this.#frames++;
    }
    return { ...fileIndex(this.#files - 1), from, to: this.#frames / fps };
  }

  /** Finishes the current file. */
  finish(): void {
    if (this.#video === null) return;
    const path = join(this.#directory, filePath(fileIndex(this.#files - 1), "mp4"));
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, this.#video.finish());
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#video?.[Symbol.dispose]();
    this.#video = null;
  }
}

/** Images as records that Hugging Face's `Image` feature reads. @param frames Flat */
export function encodeImages(
  frames: Uint8Array,
  shape: readonly number[],
): readonly { readonly bytes: Uint8Array; readonly path: null }[] {
  const [height = 0, width = 0] = shape, size = width * height * 3;
  return Array.from({ length: frames.length / size }, (_, frame) => {
    const data = frames.subarray(frame * size, (frame + 1) * size);
    return { bytes: encode({ width, height, data, channels: 3, depth: 8 }), path: null };
  });
}
