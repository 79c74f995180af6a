import * as module from "h264-mp4-encoder";

type H264MP4Encoder = module.H264MP4Encoder;

// The package is CommonJS: its types tell of names, what is there at run time is the default alone.
const { createH264MP4Encoder } = (module as unknown as { default: typeof module }).default;

export interface VideoOptions {
  /** In px; even, as H.264 halves its colours. */
  readonly width: number;
  readonly height: number;
  /** Frames per second. */
  readonly fps: number;
}

/** Quantisation in [10, 51]: here edges of an arm are still sharp, at some 2 kB a frame. */
const QUANTISATION = 22;

/** Frames between two that need no other: where a player can jump to. */
const KEYFRAME_PERIOD = 30;

/** A video under way. Dispose of it, finished or not: the encoder's memory is not the collector's. */
export class VideoEncoder implements Disposable {
  static #opened = 0;
  readonly #encoder: H264MP4Encoder;
  readonly #rgba: Uint8Array;
  #state: "empty" | "open" | "finished" = "empty";

  private constructor(encoder: H264MP4Encoder, { width, height, fps }: VideoOptions) {
    encoder.width = width;
    encoder.height = height;
    encoder.frameRate = fps;
    encoder.quantizationParameter = QUANTISATION;
    encoder.groupOfPictures = KEYFRAME_PERIOD;
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
    return new VideoEncoder(await createH264MP4Encoder(), options);
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
    return file;
  }

  [Symbol.dispose](): void {
    // One that wrote no file has nothing to close; it would end the whole library by an assertion.
    if (this.#state === "empty") return;
    if (this.#state === "open") this.#encoder.finalize();
    this.#encoder.FS.unlink(this.#encoder.outputFilename);
    this.#encoder.delete();
  }
}

/** Boxes of an MP4 file that hold others, and those that say when they were made. */
const CONTAINERS = ["moov", "trak", "mdia"], TIMED = ["mvhd", "tkhd", "mdhd"];

/**
 * Sets the creation and modification times of an MP4 file to 0, "unknown".
 *
 * @see ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2
 */
function clearTimes(file: Uint8Array, start = 0, end = file.length): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = start; at + 8 <= end;) {
    const size = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (CONTAINERS.includes(type)) clearTimes(file, at + 8, at + size);
    // Behind version and flags, two times of 4 bytes, of 8 in version 1.
    if (TIMED.includes(type)) file.fill(0, at + 12, at + 12 + (file[at + 8] === 1 ? 16 : 8));
    if (size < 8) return; // 0: to the end of the file
    at += size;
  }
}
