/**
 * Finds what no commit of ours has. A checksum says that nothing was damaged on the way, but
 * whoever makes a commit to attack with makes that too: a name such as `../../.ssh/id` would be read
 * and written outside of its directory.
 */

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
  const { schemaVersion, kind, digest, files, counts, metrics, attributes } = content;
  if (!Number.isInteger(schemaVersion)) return "no number of a schema";
  if (typeof kind !== "string") return "no kind";
  if (typeof digest !== "string" || !HASH.test(digest)) return "no digest";
  for (const [name, table] of Object.entries({ files, counts, metrics, attributes })) {
    if (!isTable(table)) return `no table of ${name}`;
  }
  for (const [path, hash] of entriesOf(files)) {
    if (!isInnerPath(path) && !SHARD_COMMIT.test(path)) return `file "${path}" outside of it`;
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
