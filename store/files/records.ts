import { canonicalJson, type JsonValue } from "../../core/canonical.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { readBookkeeping } from "./bookkeeping.ts";
import { hashOf } from "./commit.ts";

/**
 * Records: small JSON files that say what a directory is. Each holds the SHA-256 of its own content,
 * so that damage to it shows; those of earlier versions hold none.
 */

/** The content of a record, without its checksum. */
export type RecordContent = Readonly<Record<string, JsonValue>>;

/** A record that was read. */
export interface StoredRecord {
  readonly content: RecordContent;
  /** Whether a checksum says that the content is what was written. */
  readonly sealed: boolean;
}

export interface RecordOptions {
  /** Description of the file, e.g. `the summary of a run`. */
  readonly expected: string;
  readonly remedy: string;
  /** Names that a record without a checksum has: one that lacks, or another, is damage. */
  readonly names: readonly string[];
  /** Names that it may have. */
  readonly optional?: readonly string[];
}

/** Encodes a record: JSON for people, with the checksum after its content. */
export function encodeRecord(content: RecordContent): string {
  const plain: RecordContent = JSON.parse(JSON.stringify(content)); // as a reader will find it
  return JSON.stringify({ ...plain, checksum: checksumOf(plain) }, null, 2) + "\n";
}

/**
 * Reads a record that {@linkcode encodeRecord} encoded, null if there is no file.
 *
 * @throws {DamagedStoreError} If the file is anything else, naming what it is
 */
export function readRecord(path: string, options: RecordOptions): StoredRecord | null {
  const text = readBookkeeping(path, damageOf(path, options));
  return text === null ? null : decodeRecord(text, path, options);
}

/** Makes the error for something else in the place of a record. */
function damageOf(place: string, { expected, remedy }: RecordOptions) {
  return (found: string) =>
    new DamagedStoreError({ action: "read", place, expected, found, remedy });
}

/** Decodes the text of a record as {@linkcode readRecord} does. @param path Its name in messages */
export function decodeRecord(text: string, path: string, options: RecordOptions): StoredRecord {
  const damaged = damageOf(path, options);
  const content = parseObject(text);
  if (content === null) throw damaged("text that is no JSON object");
  if (content["checksum"] === undefined) {
    if (hasNames(content, options)) return { content, sealed: false };
    throw damaged("no checksum, and other names than before there were any");
  }
  const { checksum, ...rest } = content;
  // The text and not only what it means: a file that was cut off by a line is not what was written.
  if (checksumOf(rest) === checksum && encodeRecord(rest) === text) {
    return { content: rest, sealed: true };
  }
  throw damaged("another checksum than that of its content");
}

function hasNames(content: RecordContent, { names, optional = [] }: RecordOptions): boolean {
  const found = Object.keys(content);
  return names.every((name) => found.includes(name)) &&
    found.every((name) => names.includes(name) || optional.includes(name));
}

function checksumOf(content: RecordContent): string {
  return hashOf(canonicalJson(content));
}

function parseObject(text: string): RecordContent | null {
  try {
    const content: unknown = JSON.parse(text);
    const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
    return isObject ? content as RecordContent : null; // what JSON.parse() makes of an object
  } catch {
    return null;
  }
}
