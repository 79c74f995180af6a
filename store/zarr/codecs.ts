import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import * as zarr from "zarrita";
import { crc32c } from "../../core/crc32c.ts";

/**
 * Codecs between an array and its chunk files: little-endian bytes, zstd, and a checksum that is
 * checked on reading. zarr-python reads all three without extensions.
 */

/** Robot trajectories are nearly incompressible floats: higher levels cost time and save nothing. */
const LEVEL = 1;

/** Codecs of every array. */
export const CODECS = [
  { name: "bytes", configuration: { endian: "little" } },
  { name: "zstd", configuration: { level: LEVEL, checksum: false } },
  { name: "crc32c", configuration: {} },
];

/**
 * Identity of what encodes chunks, for stage keys. The zstd itself is the runtime's, whose version is
 * in every key too.
 */
export const CODEC_VERSION = `bytes,zstd-${LEVEL},crc32c`;

/** Size of the checksum after a chunk (bytes). */
const CHECKSUM_SIZE = 4;

const zstd = {
  kind: "bytes_to_bytes",
  encode: (data: Uint8Array): Uint8Array =>
    zstdCompressSync(
      data,
      {
        params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
        // Without it a frame does not say how long its content is, and readers must guess.
        pledgedSrcSize: data.length,
      } as Parameters<typeof zstdCompressSync>[1],
    ), // an option of Node's that its types lack
  decode(data: Uint8Array): Uint8Array {
    const size = contentSize(data);
    // One buffer, a byte longer than what fills it: by default pieces of 16 kB come, to be joined.
    if (size === null || size < SMALL) return zstdDecompressSync(data);
    return zstdDecompressSync(data, { chunkSize: size + 1 });
  },
} as const;

/** Bytes that one piece holds anyway. */
const SMALL = 2 ** 14;

/** Largest content length that is believed of a frame: Sluice's chunks are far below it. */
const LARGEST = 2 ** 30;

/**
 * Bytes of a frame's content as its header says, null if it does not.
 *
 * @see RFC 8878, 3.1.1.1
 */
function contentSize(frame: Uint8Array): number | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 18 || view.getUint32(0, true) !== 0xfd2fb528) return null; // longest header
  const descriptor = frame[4]!, isSingle = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const field = descriptor >> 6;
  if (field === 0) return isSingle ? frame[at]! : null;
  if (field === 1) return 256 + view.getUint16(at, true);
  const size = field === 2 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
  return size <= LARGEST ? size : null;
}

const checksum = {
  kind: "bytes_to_bytes",
  encode(data: Uint8Array): Uint8Array {
    const framed = new Uint8Array(data.length + CHECKSUM_SIZE);
    framed.set(data);
    new DataView(framed.buffer).setUint32(data.length, crc32c(data), true);
    return framed;
  },
  decode(framed: Uint8Array): Uint8Array {
    const length = framed.length - CHECKSUM_SIZE;
    if (length < 0) throw new RangeError(`expected a checksum, found ${framed.length} bytes`);
    const data = framed.subarray(0, length);
    const stored = new DataView(framed.buffer, framed.byteOffset).getUint32(length, true);
    const found = crc32c(data);
    if (found !== stored) {
      throw new RangeError(`expected checksum ${hex(stored)}, found ${hex(found)}`);
    }
    return data;
  },
} as const;

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** Codecs as zarrita takes them, whose types want numcodecs' class. */
type CodecEntry = Awaited<ReturnType<NonNullable<ReturnType<typeof zarr.registry.get>>>>;

/** Puts our codecs in the place of zarrita's: its zstd is slower, its crc32c checks nothing. */
export function registerCodecs(): void {
  for (const [name, codec] of Object.entries({ zstd, crc32c: checksum })) {
    const entry = { kind: codec.kind, fromConfig: () => codec } as unknown as CodecEntry; // structural
    zarr.registry.set(name, () => Promise.resolve(entry));
  }
}
