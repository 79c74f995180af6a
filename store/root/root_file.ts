import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DamagedStoreError, SchemaVersionError } from "../../core/errors.ts";
import { accessError, systemCode } from "../files/access.ts";
import { flushDirectory, removeFile, temporaryName } from "../files/files.ts";
import { encodeRecord, readRecord, type RecordContent } from "../files/records.ts";

/**
 * The identity of a data root, which it keeps wherever it lies: `root.json` in it. Its name stands in
 * task queues and workflow ids, so that no worker takes the work of another root for its own.
 */

/** Name of the file in a data root. */
export const ROOT_FILE = "root.json";

/** Version of the layout of a data root that this code reads and writes. */
export const ROOT_SCHEMA = 1;

/** Pattern of an id: a UUID of version 4. */
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is the id of a root. */
export function isRootId(text: string): boolean {
  return ID.test(text);
}

/** Place of a root when its file was written. */
export interface RootPlace {
  readonly host: string;
  /** Absolute path without links. */
  readonly path: string;
  /**
   * Inodes of the root and of the file itself. A root that is moved, or mounted elsewhere, keeps
   * them, and a copy has others.
   */
  readonly inodes: string;
}

/** A Temporal server that a root used, without the means of access to it. */
export interface UsedServer {
  readonly address: string;
  readonly namespace: string;
}

/** What a root knows of itself, apart from where it lies. */
export interface RootFacts {
  /** A UUID. */
  readonly id: string;
  /** Names that it had in task queues and workflow ids before it had an id. */
  readonly before: readonly string[];
  /** Server that its runs used last, null if it was the root's own. */
  readonly server: UsedServer | null;
}

/** The content of `root.json`. */
export interface RootFile extends RootFacts {
  readonly place: RootPlace;
}

/**
 * Reads `root.json` of a data root, null if there is none.
 *
 * @param root Absolute path of the data root
 * @throws {DamagedStoreError} If something else is in its place
 * @throws {SchemaVersionError} If a newer version of Sluice wrote it
 */
export function readRootFile(root: string): RootFile | null {
  const path = join(root, ROOT_FILE);
  requireSchema(path);
  const record = readRecord(path, {
    expected: "the identity of a data directory",
    remedy: REMEDY,
    names: [], // none was ever written without a checksum
  });
  if (record === null) return null;
  const { content } = record;
  const file = parseRootFile(content);
  if (file !== null && record.sealed) return file;
  throw new DamagedStoreError({
    action: "read",
    place: path,
    expected: "the identity of a data directory",
    found: record.sealed ? "other content" : "no checksum",
    remedy: REMEDY,
  });
}

/**
 * Refuses a data root that a newer version of Sluice wrote, before anything is read in it. What is
 * damaged is left to whoever reads it.
 *
 * @throws {SchemaVersionError} If its schema is another
 */
export function requireRootSchema(root: string): void {
  try {
    readRootFile(root);
  } catch (error) {
    if (error instanceof SchemaVersionError) throw error;
  }
}

const REMEDY =
  'put the file back from a backup, or remove it: the next run writes another; "deno ' +
  'task cancel" ends what was under way under the old identity';

/** A newer version may write a file of another form, of which only the schema is known. */
function requireSchema(path: string): void {
  const schema = schemaOf(path);
  if (schema === undefined || schema === ROOT_SCHEMA) return;
  throw new SchemaVersionError({
    action: "use the data directory of",
    place: path,
    expected: `schema ${ROOT_SCHEMA}`,
    found: schema,
    remedy: "use the version of Sluice that wrote it, or set SLUICE_HOME to another directory",
  });
}

/** Returns the schema that a file names, undefined if it names none. */
function schemaOf(path: string): number | undefined {
  try {
    const content: unknown = JSON.parse(fs.readFileSync(path, "utf8"));
    const isObject = typeof content === "object" && content !== null && "schema" in content;
    return isObject && Number.isInteger(content.schema) ? Number(content.schema) : undefined;
  } catch {
    return undefined; // whoever reads it says why
  }
}

function parseRootFile({ id, before, server, place }: RecordContent): RootFile | null {
  if (typeof id !== "string" || !isRootId(id) || !isObject(place)) return null;
  const { host, path, inodes } = place;
  if (typeof host !== "string" || typeof path !== "string" || typeof inodes !== "string") {
    return null;
  }
  if (!Array.isArray(before)) return null;
  const names = before.filter((name) => typeof name === "string");
  const used = parseServer(server);
  if (used === undefined || names.length < before.length) return null;
  return { id, before: names, server: used, place: { host, path, inodes } };
}

/** Returns undefined if the value is no server. */
function parseServer(value: RecordContent[string] | undefined): UsedServer | null | undefined {
  if (value === null) return null;
  if (!isObject(value)) return undefined;
  const { address, namespace } = value;
  if (typeof address !== "string" || typeof namespace !== "string") return undefined;
  return { address, namespace };
}

function isObject(value: RecordContent[string] | undefined): value is RecordContent {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Writes `root.json` unless there is one.
 *
 * @returns What is there now: of several that write at the same time, one wins
 */
export function createRootFile(root: string, facts: RootFacts): RootFile {
  writeAside(root, facts, (temporary, path) => {
    try {
      fs.linkSync(temporary, path); // fails where there is one
    } catch (error) {
      if (systemCode(error) === "EEXIST") return;
      if (!NO_LINKS.includes(systemCode(error) ?? "")) throw error;
      if (!fs.existsSync(path)) fs.renameSync(temporary, path);
    }
  });
  return readRootFile(root)!; // it is there now
}

/** Codes by which a file system says that it has no hard links: it is no cluster's. */
const NO_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** Writes `root.json` with other facts, and as lying where it lies now. */
export function replaceRootFile(root: string, facts: RootFacts): RootFile {
  writeAside(root, facts, fs.renameSync);
  return readRootFile(root)!; // so too
}

/** Writes a file of another name, which knows its own inode, and gives it its name. */
function writeAside(
  root: string,
  { id, before, server }: RootFacts,
  publish: (temporary: string, path: string) => void,
): void {
  const path = join(root, ROOT_FILE), temporary = temporaryName(path);
  try {
    const descriptor = fs.openSync(temporary, "wx");
    try {
      const place = placeOf(root, fs.fstatSync(descriptor, { bigint: true }).ino);
      const content = { schema: ROOT_SCHEMA, id, server: server && { ...server } };
      const text = encodeRecord({ ...content, place: { ...place }, before: [...before] });
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    publish(temporary, path);
    flushDirectory(root);
  } catch (error) {
    throw accessError(error, path);
  } finally {
    removeFile(temporary);
  }
}

function placeOf(root: string, ino: bigint): RootPlace {
  const directory = fs.statSync(root, { bigint: true }).ino;
  return { host: hostname(), path: fs.realpathSync(root), inodes: `${directory} ${ino}` };
}

/** Whether a root lies where its file says, on whichever machine and mount it is looked at. */
export function isInPlace(root: string, { place }: RootFile): boolean {
  const now = placeOf(root, fs.statSync(join(root, ROOT_FILE), { bigint: true }).ino);
  return now.inodes === place.inodes || (now.host === place.host && now.path === place.path);
}
