import { join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";

/** Frames of the videos of a LeRobot dataset, read in order. */

/** A video that is decoded from its first frame on. */
export interface FrameSource extends AsyncDisposable {
  /**
   * The next frames.
   *
   * @returns `[count · height · width · 3]` u8 RGB; shorter where the video ends
   */
  read(count: number): Promise<Uint8Array>;
}

/** Decodes a video. @param size In px, to which frames are scaled if they have another */
export type OpenFrames = (
  file: string,
  size: { readonly width: number; readonly height: number },
) => FrameSource;

/** Position of an episode's first frame. */
export interface FramePlace {
  /** The video, in the dataset. */
  readonly file: string;
  /** Seconds from the start of the file. */
  readonly from: number;
}

/** Frames that are decoded and dropped at a time, on the way to those that are wanted. */
const SKIPPED_AT_ONCE = 64;

/** Videos of one camera. Episodes are read in the order of the files. */
export class CameraFrames implements AsyncDisposable {
  readonly #directory: string;
  readonly #open: OpenFrames;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #fps: number;
  #source: FrameSource | null = null;
  #file = "";
  #next = 0;

  /**
   * @param directory Of the dataset
   * @param shape `[height, width, 3]`
   */
  constructor(
    directory: string,
    open: OpenFrames,
    { shape, fps }: { readonly shape: readonly number[]; readonly fps: number },
  ) {
    const [height = 0, width = 0] = shape;
    this.#directory = directory;
    this.#open = open;
    this.#size = { width, height };
    this.#fps = fps;
  }

  /**
   * The frames of an episode, flat.
   *
   * @throws {InvalidInputError} If the video has fewer
   */
  async read(place: FramePlace, length: number): Promise<Uint8Array> {
    const file = join(this.#directory, place.file);
    const first = Math.round(place.from * this.#fps);
    if (!Number.isSafeInteger(first) || first < 0) throw this.#tooFew(place, length, 0);
    if (file !== this.#file || first < this.#next || this.#source === null) {
      await this[Symbol.asyncDispose]();
      this.#source = this.#open(file, this.#size);
      this.#file = file;
      this.#next = 0;
    }
    while (this.#next < first) {
      const count = Math.min(first - this.#next, SKIPPED_AT_ONCE);
      const skipped = await this.#source.read(count);
      if (skipped.length < count * this.#frameSize) throw this.#tooFew(place, length, 0);
      this.#next += count;
    }
    const frames = await this.#source.read(length);
    this.#next += length;
    const found = frames.length / this.#frameSize;
    if (found === length) return frames;
    throw this.#tooFew(place, length, found);
  }

  get #frameSize(): number {
    return this.#size.width * this.#size.height * 3;
  }

  #tooFew({ file, from }: FramePlace, length: number, found: number): InvalidInputError {
    return new InvalidInputError({
      action: "read",
      place: join(this.#directory, file),
      expected: `${length} frames from ${from} s on`,
      found,
      remedy: "copy the video again, or leave videos out by --skip-videos",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.[Symbol.asyncDispose]();
    this.#source = null;
  }
}
