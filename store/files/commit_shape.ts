/**
 * Finds what no commit of ours has. A checksum says that nothing was damaged on the way, but
 * whoever makes a commit to attack with makes that too: a name such as `../../.ssh/id` would be read
 * and written outside of its directory.
 */

/** Schema version of commits whose files are in an index. */
export const INDEXED_VERSION = 2;

/** SHA-256 as text. */
const HASH = /^[0-9a-f]{64}$/;

/** Shard that a manifest names, which lies beside the directory of manifests or in its own. */
const SHARD_COMMIT = /^(?:\.\.\/\.\.\/)?shards\/\d+\/commit\.json$/;

/**
 * Describes the first part of a commit's content that is not as its type says.
 *
 * @param content With the right schema version
 * @returns Null if there is none
 */
export function faultOfCommit(content: Readonly<Record<string, unknown>>): string | null {
  const { schemaVersion, kind, digest, files, index, counts, metrics, attributes } = content;
  if (!Number.isInteger(schemaVersion)) return "no number of a schema";
  if (typeof kind !== "string") return "no kind";
  if (typeof digest !== "string" || !HASH.test(digest)) return "no digest";
  const isIndexed = schemaVersion === INDEXED_VERSION;
  const tables = { ...(isIndexed ? { index } : { files }), counts, metrics, attributes };
  for (const [name, table] of Object.entries(tables)) {
    if (!isTable(table)) return `no table of ${name}`;
  }
  if (isIndexed && !isIndex(index)) return "no index of files";
  for (const [path, hash] of isIndexed ? [] : entriesOf(files)) {
    if (!isStoredPath(path)) return `file "${path}" outside of it`;
    if (typeof hash !== "string" || !HASH.test(hash)) return `no SHA-256 of "${path}"`;
  }
  for (const [name, value] of entriesOf(counts)) {
    if (typeof value !== "number") return `no number as count "${name}"`;
  }
  for (const [name, value] of entriesOf(metrics)) {
    if (!["number", "string"].includes(typeof value)) return `no value of metric "${name}"`;
  }
  return null;
}

/** The index that has the hashes of a commit's files in place of `commit.json`. */
export type IndexReference = {
  readonly files: number;
  /** SHA-256 of the index, 64 hex digits. */
  readonly sha256: string;
};

function isIndex(value: unknown): value is IndexReference {
  const { files, sha256 }: Partial<IndexReference> = value as object; // isTable() was asked
  return Number.isSafeInteger(files) && files! >= 0 && HASH.test(String(sha256));
}

/** Whether a commit may name a path: what is below its place, or a shard beside it. */
export function isStoredPath(path: string): boolean {
  return isInnerPath(path) || SHARD_COMMIT.test(path);
}

/** Whether a path with `/` names something below the place that it is relative to. */
export function isInnerPath(path: string): boolean {
  return !path.includes("\0") && path.split("/").every((part) => !["", ".", ".."].includes(part));
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entriesOf(table: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(table as object); // isTable() was asked
}
