import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { RandomGenerator } from "../../core/random.ts";
import {
  dataOffset,
  decodeDirectory,
  directoryOffset,
  encodeDirectory,
  encodeLocalHeader,
  type ZipEntry,
} from "../../store/files/zip.ts";

/** Damage to archives, and archives that someone made to attack with: their parts fit each other. */

/** One file of an archive. */
interface ArchivedFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Sizes of the fixed parts at the end of an archive, see `zip.ts` (bytes). */
const END = 22, CENTRAL = 46;

function unzip(bytes: Uint8Array): readonly ArchivedFile[] {
  return listOf(bytes).entries.map((entry) => {
    const start = dataOffset(entry);
    return { name: entry.name, data: bytes.subarray(start, start + entry.size) };
  });
}

function listOf(bytes: Uint8Array) {
  const start = directoryOffset(bytes)!; // of an archive of ours
  return { start, entries: decodeDirectory(bytes.subarray(start), start)! };
}

/** @param lie Changes what the list of files says of each */
function zip(
  files: readonly ArchivedFile[],
  lie: (entry: ZipEntry, index: number) => ZipEntry = (entry) => entry,
): Uint8Array {
  const entries: ZipEntry[] = [], parts: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data } of files) {
    const entry = { name, size: data.length, crc: crc32(data), offset };
    entries.push(entry);
    parts.push(encodeLocalHeader(entry), data);
    offset = dataOffset(entry) + data.length;
  }
  return Buffer.concat([...parts, encodeDirectory(entries.map(lie), offset)]);
}

/** Changes a copy of an archive in place. */
function edited(bytes: Uint8Array, edit: (view: DataView, length: number) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  edit(new DataView(copy.buffer), copy.length);
  return copy;
}

/** The fixed part at the end of an archive whose list begins beyond 4 GiB. */
function end64(start: bigint, size: bigint): Uint8Array {
  const bytes = new Uint8Array(56 + 20 + END), view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(4, 44n, true);
  view.setBigUint64(24, 2n ** 40n, true); // entries
  view.setBigUint64(32, 2n ** 40n, true);
  view.setBigUint64(40, size, true);
  view.setBigUint64(48, start, true);
  view.setUint32(56, 0x07064b50, true);
  view.setUint32(76, 0x06054b50, true);
  view.setUint32(76 + 16, 0xffffffff, true);
  return bytes;
}

type ArchiveDamage = (bytes: Uint8Array, random: RandomGenerator) => Uint8Array;

/** What may be done to an archive; `verify` finds each. */
export const ARCHIVE_DAMAGES: Readonly<Record<string, ArchiveDamage>> = {
  cut_in_list: (bytes, random) => {
    const { start } = listOf(bytes);
    return bytes.slice(0, start + random.integer(bytes.length - start));
  },
  without_list: (bytes) => bytes.slice(0, listOf(bytes).start),
  only_list: (bytes) => bytes.slice(listOf(bytes).start),
  comment: (bytes) =>
    Buffer.concat([
      edited(bytes, (view, end) => view.setUint16(end - 2, 4, true)),
      new TextEncoder().encode("hide"),
    ]),
  second_end: (bytes) => Buffer.concat([bytes, bytes.slice(-END)]),
  list_elsewhere: (bytes, random) =>
    edited(bytes, (view, end) => {
      const places = [0, 1, bytes.length, 0xfffffffe, random.integer(bytes.length)];
      view.setUint32(end - 6, places[random.integer(places.length)]!, true);
    }),
  wrong_count: (bytes, random) =>
    edited(bytes, (view, end) => {
      view.setUint16(end - 12, [0, 1, 0xfffe, 0xffff][random.integer(4)]!, true);
    }),
  compressed: (bytes) =>
    edited(bytes, (view) => {
      view.setUint16(8, 8, true);
      view.setUint16(listOf(bytes).start + 10, 8, true);
    }),
  encrypted: (bytes) =>
    edited(bytes, (view) => {
      view.setUint16(listOf(bytes).start + 8, 0x0801, true);
    }),
  long_name: (bytes) =>
    edited(bytes, (view) => view.setUint16(listOf(bytes).start + 28, 0xffff, true)),
  binary_name: (bytes) =>
    edited(bytes, (view) => view.setUint8(listOf(bytes).start + CENTRAL, 0xff)),
  beyond_4_gib: (bytes, random) => {
    const { start } = listOf(bytes), places = [2n ** 63n, 2n ** 64n - 1n, 0n, BigInt(start)];
    const size = BigInt(bytes.length - start - END);
    return Buffer.concat([
      bytes.slice(0, -END),
      end64(places[random.integer(places.length)]!, size),
    ]);
  },
  size_beyond_end: (bytes, random) => {
    const size = [0xfffffffe, bytes.length, 2 ** 30][random.integer(3)]!;
    return zip(unzip(bytes), (entry, index) => index === 0 ? { ...entry, size } : entry);
  },
  offset_beyond_end: (bytes, random) => {
    const offset = [2 ** 53 - 1, 2 ** 40, 2 ** 32 - 2, bytes.length][random.integer(4)]!;
    return zip(unzip(bytes), (entry, index) => index === 0 ? { ...entry, offset } : entry);
  },
  overlapping: (bytes) => zip(unzip(bytes), (entry) => ({ ...entry, offset: 0 })),
  other_sum: (bytes) => zip(unzip(bytes), (entry) => ({ ...entry, crc: (entry.crc + 1) >>> 0 })),
  name_upwards: (bytes) =>
    zip(
      unzip(bytes).map((file, index) =>
        index === 0 ? { ...file, name: `../../${file.name}` } : file
      ),
    ),
  stray_upwards: (bytes) => zip([{ name: "../stray", data: bytes.slice(0, 9) }, ...unzip(bytes)]),
  absolute_name: (bytes) => zip([{ name: "/etc/stray", data: bytes.slice(0, 9) }, ...unzip(bytes)]),
  twice_the_same: (bytes) => zip([...unzip(bytes), unzip(bytes)[0]!]),
  twice_another: (bytes) => {
    const [first, ...others] = unzip(bytes);
    return zip([{ name: first!.name, data: bytes.slice(0, 9) }, first!, ...others]);
  },
  commit_missing: (bytes) => zip(unzip(bytes).filter(({ name }) => name !== "commit.json")),
  commit_alone: (bytes) => zip(unzip(bytes).filter(({ name }) => name === "commit.json")),
  commit_of_nothing: (bytes) =>
    zip(
      unzip(bytes).map(({ name, data }) => ({
        name,
        data: name === "commit.json" ? new TextEncoder().encode("null\n") : data,
      })),
    ),
  no_files: () => zip([]),
  gap_before: (bytes) => {
    const { entries, start } = listOf(bytes), gap = 7;
    const moved = entries.map((entry) => ({ ...entry, offset: entry.offset + gap }));
    return Buffer.concat([
      new Uint8Array(gap),
      bytes.slice(0, start),
      encodeDirectory(moved, start + gap),
    ]);
  },
};
