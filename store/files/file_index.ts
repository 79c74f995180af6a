import { Buffer } from "node:buffer";
import { canonicalJson } from "../../core/canonical.ts";
import { isStoredPath } from "./commit_shape.ts";

/**
 * The index of a commit with very many files: a binary table of their hashes, in which the chunks of
 * an array, and the shards of a stage, are one entry of the header and a row of hashes. A hash is
 * found without reading the others.
 *
 * Layout: {@linkcode MAGIC}, the length of the header (uint32, little-endian), the header (JSON), and
 * the SHA-256 of each file (32 bytes): first of those that are named one by one, then of each series
 * in ascending order of its numbers.
 */

/** SHA-256 of files, 64 hex digits, by path relative to the directory of the commit. */
export interface FileHashes extends Iterable<readonly [path: string, hash: string]> {
  readonly size: number;
  get(path: string): string | undefined;
  has(path: string): boolean;
  keys(): Iterable<string>;
}

/** Name of the file beside `commit.json`. */
export const INDEX_FILE = "commit.index";

/** First bytes of an index, the version of its layout among them. */
const MAGIC = "sluice\0\x01";

/** Size of a SHA-256 (bytes), and of what comes before the header. */
const HASH_SIZE = 32, HEADER_START = MAGIC.length + 4;

/** Digits of a number in a path, at most. */
const MAX_DIGITS = 16;

/** Files whose names differ in a number alone: chunks of an array, or shards. */
interface Series {
  readonly prefix: string;
  readonly suffix: string;
  /** Digits of each number, with leading zeros; 0 where there are none. */
  readonly digits: number;
  readonly first: number;
  readonly count: number;
}

interface Header {
  /** Paths of files that are in no series. */
  readonly single: readonly string[];
  readonly series: readonly Series[];
}

/** A path of a series: `data/reward/c.12`, `data/image/c.3.0.0`, `../../shards/000012/commit.json`. */
const NUMBERED = /^(.*\/c\.|(?:\.\.\/\.\.\/)?shards\/)(0|[1-9]\d*|0\d+)((?:\.0)*|\/commit\.json)$/;

interface Numbered {
  readonly prefix: string;
  readonly suffix: string;
  readonly digits: number;
  readonly number: number;
}

function numberedPath(path: string): Numbered | null {
  const [, prefix, text, suffix] = NUMBERED.exec(path) ?? [];
  if (prefix === undefined || text === undefined || suffix === undefined) return null;
  const digits = text.length > 1 && text.startsWith("0") ? text.length : 0;
  return { prefix, suffix, digits, number: Number(text) };
}

function pathOf({ prefix, suffix, digits }: Series, number: number): string {
  return prefix + String(number).padStart(digits, "0") + suffix;
}

/** Name of what the paths of a series have in common. */
function kinOf({ prefix, suffix, digits }: Omit<Numbered, "number">): string {
  return `${digits}\0${prefix}\0${suffix}`;
}

/** Encodes the index of some files. */
export function encodeIndex(files: FileHashes): Uint8Array {
  const single: string[] = [], kin = new Map<string, Numbered[]>();
  for (const path of files.keys()) {
    const numbered = numberedPath(path);
    if (numbered === null) single.push(path);
    else {
      const name = kinOf(numbered), others = kin.get(name);
      if (others === undefined) kin.set(name, [numbered]);
      else others.push(numbered);
    }
  }
  single.sort();
  const series = [...kin.keys()].sort().flatMap((name) => seriesOf(kin.get(name)!));
  const header = new TextEncoder().encode(
    canonicalJson({ single, series: series.map((one) => ({ ...one })) }),
  );
  const start = HEADER_START + header.length;
  const bytes = Buffer.alloc(start + files.size * HASH_SIZE);
  bytes.write(MAGIC, "latin1");
  bytes.writeUInt32LE(header.length, MAGIC.length);
  bytes.set(header, HEADER_START);
  let at = start;
  for (const path of pathsOf({ single, series })) at += bytes.write(files.get(path)!, at, "hex"); // one of its keys
  return bytes;
}

/** Relatives as series without gaps. */
function seriesOf(kin: readonly Numbered[]): readonly Series[] {
  const series: { -readonly [Name in keyof Series]: Series[Name] }[] = [];
  for (const { number, ...name } of [...kin].sort((a, b) => a.number - b.number)) {
    const last = series.at(-1);
    if (last !== undefined && number === last.first + last.count) last.count++;
    else series.push({ ...name, first: number, count: 1 });
  }
  return series;
}

/** Paths in the order of their hashes. */
function* pathsOf({ single, series }: Header): Generator<string> {
  yield* single;
  for (const one of series) {
    for (let i = 0; i < one.count; i++) yield pathOf(one, one.first + i);
  }
}

/** The files of a commit as its index has them. */
export class FileIndex implements FileHashes {
  readonly size: number;
  readonly #hashes: Uint8Array;
  readonly #header: Header;
  /** Number of the hash of each file that is in no series. */
  readonly #single: ReadonlyMap<string, number>;
  /** Series, and the number of the first hash of each, by {@linkcode kinOf}. */
  readonly #series = new Map<string, (readonly [one: Series, place: number])[]>();

  /** @throws {RangeError} If the bytes are no index, or name a file outside of the commit */
  constructor(bytes: Uint8Array) {
    const header = decodeHeader(bytes);
    this.#header = header.content;
    this.#hashes = bytes.subarray(header.end);
    this.#single = new Map(this.#header.single.map((path, place) => [path, place]));
    let place = this.#header.single.length;
    for (const one of this.#header.series) {
      const name = kinOf(one);
      this.#series.set(name, [...this.#series.get(name) ?? [], [one, place]]);
      place += one.count;
    }
    this.size = place;
    if (place * HASH_SIZE !== this.#hashes.length) throw new RangeError("another number of hashes");
  }

  get(path: string): string | undefined {
    const place = this.#single.get(path) ?? this.#placeIn(path);
    return place === undefined ? undefined : this.#hashAt(place);
  }

  has(path: string): boolean {
    return this.#single.has(path) || this.#placeIn(path) !== undefined;
  }

  keys(): Iterable<string> {
    return pathsOf(this.#header);
  }

  *[Symbol.iterator](): Generator<readonly [path: string, hash: string]> {
    let place = 0;
    for (const path of this.keys()) yield [path, this.#hashAt(place++)];
  }

  #placeIn(path: string): number | undefined {
    const numbered = numberedPath(path);
    if (numbered === null) return undefined;
    for (const [{ first, count }, place] of this.#series.get(kinOf(numbered)) ?? []) {
      const i = numbered.number - first;
      if (i >= 0 && i < count) return place + i;
    }
    return undefined;
  }

  #hashAt(place: number): string {
    const hash = this.#hashes.subarray(place * HASH_SIZE, (place + 1) * HASH_SIZE);
    return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("hex");
  }
}

/** @returns What the header says, and where it ends. @throws {RangeError} If it is none */
function decodeHeader(bytes: Uint8Array): { readonly content: Header; readonly end: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < HEADER_START || view.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new RangeError("no index");
  }
  const end = HEADER_START + view.readUInt32LE(MAGIC.length);
  if (end > view.length) throw new RangeError("a header that is cut short");
  let content: Header; // if its parts say so
  try {
    content = JSON.parse(view.toString("utf8", HEADER_START, end));
  } catch {
    throw new RangeError("a header that is no JSON");
  }
  const isWhole = Array.isArray(content?.single) && Array.isArray(content.series) &&
    content.single.every((path) => typeof path === "string") && content.series.every(isSeries);
  if (!isWhole) throw new RangeError("another header");
  const paths = [...content.single, ...content.series.map((one) => pathOf(one, one.first))];
  const outside = paths.find((path) => !isStoredPath(path));
  if (outside !== undefined) throw new RangeError(`file "${outside}" outside of it`);
  return { content, end };
}

function isSeries(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { prefix, suffix, digits, first, count }: Partial<Series> = value;
  const numbers = [digits, first, count];
  return typeof prefix === "string" && typeof suffix === "string" &&
    numbers.every((number) => Number.isSafeInteger(number) && number! >= 0) && count! > 0 &&
    digits! <= MAX_DIGITS && numberedPath(`${prefix}0${suffix}`) !== null;
}
