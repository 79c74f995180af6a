import { createRequire } from "node:module";
import process from "node:process";
import type { H264MP4Encoder } from "h264-mp4-encoder";
import { addSyncSamples, clearTimes } from "./mp4.ts";

export interface VideoOptions {
  /** Width, which must be even because H.264 halves the resolution of colours (px). */
  readonly width: number;
  readonly height: number;
  /** Frames per second; an integer. */
  readonly fps: number;
  /** Frames from one that needs no other, where a player can jump to, to the next. */
  readonly keyframePeriod?: number;
}

/** No screen shows many more, and a robot at 250 Hz would take minutes to draw. */
const MOST_FPS = 50;

/** States of an episode that a video in real time shows. */
export interface VideoPace {
  /** Frames per second. */
  readonly fps: number;
  /** Control steps from one frame to the next. */
  readonly every: number;
}

/** @param controlHz Control steps per second; each is a frame up to 50 */
export function paceOf(controlHz: number): VideoPace {
  const every = Math.ceil(controlHz / MOST_FPS);
  return { fps: Math.round(controlHz / every), every };
}

/** Quantisation in [10, 51]: here edges of an arm are still sharp, at some 2 kB per frame. */
const QUANTISATION = 22;

/** Interval of key frames in videos to watch. */
const KEYFRAME_PERIOD = 30;

/**
 * Video that is being encoded. Dispose of it, finished or not: the encoder's memory is not
 * garbage-collected.
 */
export class VideoEncoder implements Disposable {
  static #opened = 0;
  readonly #encoder: H264MP4Encoder;
  readonly #rgba: Uint8Array;
  #frames = 0;
  #state: "empty" | "open" | "finished" = "empty";

  private constructor(encoder: H264MP4Encoder, options: VideoOptions) {
    const { width, height, fps, keyframePeriod = KEYFRAME_PERIOD } = options;
    encoder.width = width;
    encoder.height = height;
    encoder.frameRate = fps;
    encoder.quantizationParameter = QUANTISATION;
    encoder.groupOfPictures = keyframePeriod;
    // Encoders share a file system in memory, and by default the name of their file too.
    encoder.outputFilename = `${VideoEncoder.#opened++}.mp4`;
    this.#encoder = encoder;
    this.#rgba = new Uint8Array(width * height * 4).fill(255);
  }

  /** @throws {RangeError} If a side is odd */
  static async open(options: VideoOptions): Promise<VideoEncoder> {
    const { width, height } = options;
    if (width % 2 !== 0 || height % 2 !== 0) {
      throw new RangeError(`Cannot encode a video of ${width} × ${height} px: expected even sides`);
    }
    return new VideoEncoder(await loadEncoder().createH264MP4Encoder(), options);
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    if (this.#state === "empty") return 0;
    return this.#encoder.FS.stat(this.#encoder.outputFilename).size;
  }

  /**
   * @param rgb `[height · width · 3]` u8, row-major from the top
   * @throws {RangeError} If it has another size
   */
  add(rgb: Uint8Array): void {
    if (rgb.length * 4 !== this.#rgba.length * 3) {
      throw new RangeError(
        `Cannot add a frame: expected ${this.#rgba.length / 4 * 3} bytes, found ${rgb.length}`,
      );
    }
    if (this.#state === "empty") this.#encoder.initialize();
    this.#state = "open";
    for (let pixel = 0, at = 0; at < rgb.length; pixel += 4, at += 3) {
      this.#rgba[pixel] = rgb[at]!;
      this.#rgba[pixel + 1] = rgb[at + 1]!;
      this.#rgba[pixel + 2] = rgb[at + 2]!;
    }
    this.#encoder.addFrameRgba(this.#rgba);
    this.#frames++;
  }

  /**
   * The MP4 file (H.264): the same frames, the same bytes.
   *
   * @throws {RangeError} If no frame was added
   */
  finish(): Uint8Array {
    if (this.#state !== "open") {
      throw new RangeError("Cannot finish a video: expected frames, found none");
    }
    this.#state = "finished";
    this.#encoder.finalize();
    const file = this.#encoder.FS.readFile(this.#encoder.outputFilename);
    clearTimes(file);
    return addSyncSamples(file, { period: this.#encoder.groupOfPictures, frames: this.#frames });
  }

  [Symbol.dispose](): void {
    // One that wrote no file has nothing to close; it would end the whole library by an assertion.
    if (this.#state === "empty") return;
    if (this.#state === "open") this.#encoder.finalize();
    this.#encoder.FS.unlink(this.#encoder.outputFilename);
    this.#encoder.delete();
  }
}

/** Events of a process for which the package listens when it is loaded. */
const HANDLED = ["uncaughtException", "unhandledRejection"] as const;

/**
 * Loads the package, only where a video is made, and undoes what it does to the process: uncaught
 * errors of the program would end in an abort of the encoder. It uses `require()`, during which no
 * other code can add listeners.
 */
function loadEncoder(): typeof import("h264-mp4-encoder") {
  const before = HANDLED.map((event) => new Set(process.rawListeners(event)));
  const module = createRequire(import.meta.url)("h264-mp4-encoder");
  HANDLED.forEach((event, index) => {
    for (const listener of process.rawListeners(event)) {
      if (before[index]!.has(listener)) continue;
      process.off(event, listener as () => void); // what on() took
    }
  });
  return module;
}
