import { inflateSync } from "node:zlib";
import { decode, type DecodedPng } from "fast-png";
import { InvalidInputError, messageOf } from "../../core/errors.ts";

/** Images as files, as other tools keep them: PNG of any kind, and JPEG, as libjpeg-turbo decodes it. */

/** Size in px. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** A file is no image that can be read, or another one than is expected. */
export class ImageError extends InvalidInputError {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super({ action: "decode an image", expected, found, remedy: "write it as PNG or JPEG" });
    this.expected = expected;
    this.found = found;
  }
}

/** JPEG decoder of one file. */
interface JpegDecoder {
  /** Memory for the file. */
  getEncodedBuffer(size: number): Uint8Array;
  /** Throws numbers where the file is damaged. */
  decode(): void;
  /** Pixels, a view of memory that the next file overwrites. */
  getDecodedBuffer(): Uint8ClampedArray;
  delete(): void;
}

/** Part of libjpeg-turbo in WebAssembly that is used: its package has no types. */
interface JpegCodec {
  readonly JPEGDecoder: new () => JpegDecoder;
}

let codec: Promise<JpegCodec> | undefined;

/** Opens the codec with the first JPEG file: few datasets have any. */
async function openCodec(): Promise<JpegCodec> {
  const { default: open } = await import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs");
  return await open();
}

/**
 * Decodes a PNG or JPEG file, without its transparency. Nothing is decoded before the file's header
 * has said that it has the size that is expected.
 *
 * @param bytes The file
 * @returns `[height · width · 3]` u8 RGB
 * @throws {ImageError} If it is of another format or size, or damaged
 */
export async function decodeImage(bytes: Uint8Array, size: ImageSize): Promise<Uint8Array> {
  const format = formatOf(bytes);
  try {
    if (format === "PNG") return decodePng(bytes, size);
    if (format === "JPEG") return decodeJpeg(bytes, size, await (codec ??= openCodec()));
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw refuse(`a whole ${format} file`, damageOf(error));
  }
  throw refuse("a PNG or JPEG file", format);
}

/**
 * The size that the header of a PNG or JPEG file says.
 *
 * @throws {ImageError} If it is of another format, or has no header
 */
export function readImageSize(bytes: Uint8Array): ImageSize {
  const format = formatOf(bytes);
  if (format === "JPEG") return readFrameHeader(bytes);
  if (format !== "PNG") throw refuse("a PNG or JPEG file", format);
  const { header } = readChunks(bytes);
  return { width: header.getUint32(0), height: header.getUint32(4) };
}

/** A decoder throws numbers too: addresses of exceptions in its memory. */
function damageOf(error: unknown): string {
  return error instanceof Error ? messageOf(error) : "one that cannot be decoded";
}

function refuse(expected: string, found: string): ImageError {
  return new ImageError(expected, found);
}

/** First bytes of the formats that cameras and tools write. */
const SIGNATURES: readonly (readonly [format: string, pattern: RegExp])[] = [
  ["PNG", /^\x89PNG\r\n/],
  ["JPEG", /^\xff\xd8\xff/],
  ["WebP", /^RIFF[^]{4}WEBP/],
  ["GIF", /^GIF8/],
  ["TIFF", /^(II\*\0|MM\0\*)/],
  ["BMP", /^BM/],
  ["AVIF or HEIF", /^[^]{4}ftyp/],
];

function formatOf(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  const format = SIGNATURES.find(([, pattern]) => pattern.test(head))?.[0];
  return format ?? `${bytes.length} bytes of no known format`;
}

function requireSize(found: ImageSize, wanted: ImageSize): void {
  if (found.height === wanted.height && found.width === wanted.width) return;
  throw refuse(
    `${wanted.height} × ${wanted.width} px (height × width)`,
    `${found.height} × ${found.width}`,
  );
}

/** Chunks that pixels depend on: what else a file holds is not looked at. */
const PIXEL_CHUNKS = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];

/** Maximum expansion of a byte by zlib. */
const ZLIB_RATIO = 1032;

/** Bytes that a decoder may take beyond the pixels without being asked. */
const SLACK = 16 * 2 ** 20;

function decodePng(file: Uint8Array, size: ImageSize): Uint8Array {
  const { header, data, file: pixels } = readChunks(file);
  requireSize({ width: header.getUint32(0), height: header.getUint32(4) }, size);
  const raw = size.height * (1 + size.width * 8) + 8 * size.height; // 4 channels of 16 bits, filters
  // A bomb is found by the system's decoder, which stops where it is told to.
  if (data.reduce((sum, part) => sum + part.length, 0) * ZLIB_RATIO > raw + SLACK) {
    inflateSync(joined(data), { maxOutputLength: raw + SLACK });
  }
  return toRgb(decode(pixels), size);
}

/** The chunks of a PNG file that matter, and the file with nothing else in it. */
function readChunks(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kept = [file.subarray(0, 8)], data: Uint8Array[] = [];
  let header: DataView | undefined;
  for (let at = 8, type = ""; type !== "IEND";) {
    if (at + 12 > file.length) throw refuse("a whole PNG file", "its beginning only");
    const length = view.getUint32(at), end = at + 12 + length;
    if (end > file.length) throw refuse("a whole PNG file", "its beginning only");
    type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (type === "IHDR") header = new DataView(view.buffer, view.byteOffset + at + 8, length);
    if (type === "IDAT") data.push(file.subarray(at + 8, end - 4));
    if (PIXEL_CHUNKS.includes(type)) kept.push(file.subarray(at, end));
    at = end;
  }
  if (header === undefined || header.byteLength < 13) throw refuse("a PNG file", "no header in it");
  return { header, data, file: joined(kept) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Pixels of any kind of PNG as RGB: by a palette, of fewer bits than 8 or of 16, grey, with alpha. */
function toRgb(
  { data, channels, depth, palette }: DecodedPng,
  { height, width }: ImageSize,
): Uint8Array {
  if (channels === 3 && data instanceof Uint8Array) return data;
  const rgb = new Uint8Array(height * width * 3);
  const rowBytes = Math.ceil(width * channels * depth / 8), largest = 2 ** depth - 1;
  // Samples of less than 8 bits lie side by side in bytes, from the highest bit on; rows begin anew.
  const sampleAt = (row: number, at: number): number => {
    if (depth >= 8) return Number(data[row * width * channels + at]);
    const bit = at * depth, byte = Number(data[row * rowBytes + (bit >>> 3)]);
    return (byte >>> (8 - depth - (bit & 7))) & largest;
  };
  for (let row = 0, out = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = column * channels + (channels < 3 ? 0 : channel), sample = sampleAt(row, at);
        rgb[out++] = palette !== undefined
          ? palette[sample]?.[channel] ?? 0
          : depth === 16
          ? sample >>> 8
          : sample * 255 / largest;
      }
    }
  }
  return rgb;
}

function decodeJpeg(file: Uint8Array, size: ImageSize, { JPEGDecoder }: JpegCodec): Uint8Array {
  const { channels, ...found } = readFrameHeader(file);
  requireSize(found, size);
  if (channels !== 1 && channels !== 3) throw refuse("RGB or grey", `${channels} channels (CMYK)`);
  const scans = countScans(file);
  if (scans > MAX_SCANS) throw refuse(`at most ${MAX_SCANS} scans`, String(scans));
  const decoder = new JPEGDecoder();
  try {
    decoder.getEncodedBuffer(file.length).set(file);
    decoder.decode();
    const pixels = decoder.getDecodedBuffer();
    if (channels === 3) return Uint8Array.from(pixels);
    return Uint8Array.from({ length: pixels.length * 3 }, (_, i) => pixels[Math.floor(i / 3)]!);
  } finally {
    decoder.delete();
  }
}

/**
 * Most scans of a JPEG file. A decoder goes through all pixels for each, however few bytes it has;
 * encoders write 10 or so.
 */
const MAX_SCANS = 64;

/** Number of scans in a JPEG file. @see ITU-T T.81, B.1.1 */
function countScans(file: Uint8Array): number {
  let scans = 0;
  for (let at = 2; at + 4 <= file.length;) {
    const marker = file[at + 1]!;
    // Data between segments, in which 0 follows each 255 that begins no marker.
    if (file[at] !== 0xff || marker === 0xff) at++;
    else if (marker === 0 || (marker >= 0xd0 && marker <= 0xd9)) at += 2;
    else {
      if (marker === 0xda) scans++;
      at += 2 + ((file[at + 2]! << 8) | file[at + 3]!);
    }
  }
  return scans;
}

/** Size and channels of a JPEG file, of its frame header. @see ITU-T T.81, B.2.2 */
function readFrameHeader(file: Uint8Array): ImageSize & { readonly channels: number } {
  for (let at = 2; at + 9 < file.length;) {
    const marker = file[at + 1]!;
    if (file[at] !== 0xff) break;
    if (marker === 0xff) {
      at++; // padding
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    const word = (offset: number) => (file[at + offset]! << 8) | file[at + offset + 1]!;
    if (isFrame) return { height: word(5), width: word(7), channels: file[at + 9]! };
    at += 2 + word(2);
  }
  throw refuse("a whole JPEG file", "no header of a frame in it");
}
