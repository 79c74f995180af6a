import { Buffer } from "node:buffer";

/**
 * ZIP archives of files that are stored as they are, without compression: what any tool unpacks, and
 * what zarr-python opens as a store. The same files in the same order give the same bytes, so that
 * a flipped bit in what the archive says of them shows too.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3 (records), 4.5.3 (ZIP64)
 */

/** One file of an archive. */
export interface ZipEntry {
  /** Path with `/`. */
  readonly name: string;
  /** Bytes of its data. */
  readonly size: number;
  /** CRC-32 of its data. */
  readonly crc: number;
  /** Position of its local header in the archive, which its data follows (bytes). */
  readonly offset: number;
}

/** What begins the records of an archive. */
const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const END64 = 0x06064b50, LOCATOR64 = 0x07064b50;

/** Sizes of their fixed parts (bytes). */
const LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR64_SIZE = 20;

/** Stands in a field of 32, or 16, bits for a number that a ZIP64 record holds. */
const IN_ZIP64 = 0xffffffff, MANY_IN_ZIP64 = 0xffff;

/** Extra field of an entry with an offset of 64 bits: id, length, offset. */
const EXTRA64_SIZE = 12;

/** Version of the format that is needed: 2.0, and 4.5 for ZIP64. */
const VERSION = 20, VERSION64 = 45;

/** Names are UTF-8. */
const UTF8 = 0x0800;

/** First date that the format knows, 1 January 1980: when it was written is no content. */
const DATE = 0x0021;

const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Encodes what precedes the data of an entry.
 *
 * @throws {RangeError} If the data is 4 GiB or longer
 */
export function encodeLocalHeader({ name, size, crc }: ZipEntry): Uint8Array {
  if (size >= IN_ZIP64) {
    throw new RangeError(`Cannot pack "${name}": expected less than 4 GiB, found ${size} bytes`);
  }
  const path = encoder.encode(name);
  const record = new Record(LOCAL_SIZE + path.length);
  record.uint32(LOCAL).uint16(VERSION);
  describe(record, crc, size, path.length);
  record.uint16(0).bytes(path);
  return record.data;
}

/** Returns the position of an entry's data in the archive (bytes). */
export function dataOffset({ name, offset }: ZipEntry): number {
  return offset + LOCAL_SIZE + encoder.encode(name).length;
}

/**
 * Encodes what ends an archive: the list of its entries and where the list begins.
 *
 * @param start Position at which this will stand, after the last entry (bytes)
 */
export function encodeDirectory(entries: readonly ZipEntry[], start: number): Uint8Array {
  const list = entries.map(encodeCentral);
  const size = list.reduce((sum, { length }) => sum + length, 0);
  const is64 = entries.length >= MANY_IN_ZIP64 || start >= IN_ZIP64 || size >= IN_ZIP64;
  const end = new Record((is64 ? END64_SIZE + LOCATOR64_SIZE : 0) + END_SIZE);
  if (is64) {
    const count = entries.length;
    end.uint32(END64).uint64(END64_SIZE - 12).uint16(VERSION64).uint16(VERSION64);
    end.uint32(0).uint32(0).uint64(count).uint64(count).uint64(size).uint64(start);
    end.uint32(LOCATOR64).uint32(0).uint64(start + size).uint32(1);
  }
  const count = is64 ? MANY_IN_ZIP64 : entries.length;
  end.uint32(END).uint16(0).uint16(0).uint16(count).uint16(count);
  end.uint32(is64 ? IN_ZIP64 : size).uint32(is64 ? IN_ZIP64 : start).uint16(0);
  return Buffer.concat([...list, end.data]);
}

function encodeCentral({ name, size, crc, offset }: ZipEntry): Uint8Array {
  const path = encoder.encode(name), is64 = offset >= IN_ZIP64;
  const record = new Record(CENTRAL_SIZE + path.length + (is64 ? EXTRA64_SIZE : 0));
  record.uint32(CENTRAL).uint16(is64 ? VERSION64 : VERSION).uint16(is64 ? VERSION64 : VERSION);
  describe(record, crc, size, path.length);
  record.uint16(is64 ? EXTRA64_SIZE : 0).uint16(0).uint16(0).uint16(0).uint32(0);
  record.uint32(is64 ? IN_ZIP64 : offset).bytes(path);
  if (is64) record.uint16(1).uint16(8).uint64(offset);
  return record.data;
}

/** Writes the fields that both headers of an entry share: flags to length of the name. */
function describe(record: Record, crc: number, size: number, nameLength: number): void {
  record.uint16(UTF8).uint16(0).uint16(0).uint16(DATE);
  record.uint32(crc).uint32(size).uint32(size).uint16(nameLength);
}

/**
 * Returns where the list of entries begins (bytes), null if the end is not that of an archive.
 *
 * @param tail Last bytes of the archive, at least 98 of them if it has as many
 */
export function directoryOffset(tail: Uint8Array): number | null {
  const view = viewOf(tail), end = tail.length - END_SIZE;
  if (end < 0 || view.getUint32(end, true) !== END) return null;
  const start = view.getUint32(end + 16, true);
  if (start !== IN_ZIP64) return start;
  const end64 = end - LOCATOR64_SIZE - END64_SIZE;
  if (end64 < 0 || view.getUint32(end64, true) !== END64) return null;
  return Number(view.getBigUint64(end64 + 48, true));
}

/** Returns the size of an archive (bytes) by its end, null if that is not an archive's. */
export function archiveSize(tail: Uint8Array): number | null {
  const start = directoryOffset(tail), view = viewOf(tail), end = tail.length - END_SIZE;
  if (start === null) return null;
  const short = view.getUint32(end + 12, true), is64 = view.getUint32(end + 16, true) === IN_ZIP64;
  const end64 = end - LOCATOR64_SIZE - END64_SIZE;
  const size = is64 ? Number(view.getBigUint64(end64 + 40, true)) : short;
  return start + size + tail.length - (is64 ? end64 : end);
}

/**
 * Decodes what {@linkcode encodeDirectory} encoded.
 *
 * @returns The entries in their order; null if a single byte is not what it would write
 */
export function decodeDirectory(bytes: Uint8Array, start: number): readonly ZipEntry[] | null {
  const entries: ZipEntry[] = [], view = viewOf(bytes);
  let at = 0;
  try {
    while (view.getUint32(at, true) === CENTRAL) {
      const nameEnd = at + CENTRAL_SIZE + view.getUint16(at + 28, true);
      const short = view.getUint32(at + 42, true);
      entries.push({
        name: decoder.decode(bytes.subarray(at + CENTRAL_SIZE, nameEnd)),
        size: view.getUint32(at + 20, true),
        crc: view.getUint32(at + 16, true),
        offset: short === IN_ZIP64 ? Number(view.getBigUint64(nameEnd + 4, true)) : short,
      });
      at = nameEnd + view.getUint16(at + 30, true);
    }
  } catch {
    return null; // cut off, or a name that is no text
  }
  return Buffer.compare(encodeDirectory(entries, start), bytes) === 0 ? entries : null;
}

/**
 * Finds the last entry of an archive, without the others of its list.
 *
 * @param tail Last bytes of the archive
 * @param name What it must be called
 * @returns Null if the end of the archive is not what {@linkcode encodeDirectory} writes for it
 */
export function lastEntry(tail: Uint8Array, name: string): ZipEntry | null {
  const start = directoryOffset(tail);
  if (start === null) return null;
  const view = viewOf(tail), end = tail.length - END_SIZE;
  const is64 = view.getUint32(end + 16, true) === IN_ZIP64;
  const listEnd = is64 ? end - LOCATOR64_SIZE - END64_SIZE : end;
  const fixed = CENTRAL_SIZE + encoder.encode(name).length;
  for (const length of [fixed, fixed + EXTRA64_SIZE]) {
    const at = listEnd - length;
    if (at < 0 || view.getUint32(at, true) !== CENTRAL) continue;
    const offset = length === fixed
      ? view.getUint32(at + 42, true)
      : Number(view.getBigUint64(at + fixed + 4, true));
    const size = view.getUint32(at + 20, true), crc = view.getUint32(at + 16, true);
    const entry = { name, size, crc, offset };
    const isWritten = Buffer.compare(encodeCentral(entry), tail.subarray(at, listEnd)) === 0;
    if (isWritten && dataOffset(entry) + size === start) return entry;
  }
  return null;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** A record of little-endian fields that is filled from its start. */
class Record {
  readonly data: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.data = new Uint8Array(size);
    this.#view = viewOf(this.data);
  }

  uint16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  uint32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  uint64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.data.set(value, this.#at);
    this.#at += value.length;
    return this;
  }
}
