import { DamagedStoreError, InvalidInputError, SchemaVersionError } from "../../core/errors.ts";
import { type Blobs, putProving } from "../blobs/blobs.ts";
import { isWithoutPermission } from "../blobs/s3_errors.ts";
import { decodeRecord, encodeRecord, type RecordContent } from "../files/records.ts";
import { isRootId, ROOT_FILE, ROOT_SCHEMA } from "../root/root_file.ts";

/**
 * The identity of a data root in a bucket: `root.json` below its prefix, by which machines know
 * that they work on the same one.
 */

/** Content of the object. */
interface RootObject {
  /** A UUID. */
  readonly id: string;
  /** `s3://bucket/prefix` where it was created. */
  readonly place: string;
}

/**
 * Reads the identity of the data root at a place; null if there is none.
 *
 * @throws {InvalidInputError} If it is a copy of another place
 * @throws {SchemaVersionError} If another version of Sluice wrote it
 * @throws {DamagedStoreError} If something else is in its place
 */
export async function findRootObject(blobs: Blobs): Promise<string | null> {
  const bytes = await blobs.get(ROOT_FILE);
  return bytes === null ? null : parse(blobs.place, new TextDecoder().decode(bytes)).id;
}

/** A data root that is made in a bucket. */
export interface NewRoot {
  /** A UUID. */
  readonly id: string;
  /** Opens the prefixes that its place lies below: one data root does not lie in another. */
  readonly above: () => readonly Blobs[];
}

/**
 * Reads the identity of the data root at a place, which it gets where it has none. Of several that
 * give it one at the same time, one wins.
 *
 * @throws {InvalidInputError} If the place holds other objects, lies in another data root, or ignores
 *   conditions
 * @throws As {@linkcode findRootObject}
 */
export async function createRootObject(blobs: Blobs, { id, above }: NewRoot): Promise<string> {
  const found = await blobs.get(ROOT_FILE) ?? await foundLater(blobs);
  if (found === null) await requireNoRoot(above(), blobs.place);
  const text = encodeRecord({ schema: ROOT_SCHEMA, id, place: blobs.place });
  // Also where there is one: a store may have been replaced by another that ignores conditions.
  await putProving(blobs, ROOT_FILE, found ?? new TextEncoder().encode(text));
  return await findRootObject(blobs) ?? id;
}

/** @throws {InvalidInputError} If there is a data root at one of the places above another */
async function requireNoRoot(above: readonly Blobs[], place: string): Promise<void> {
  for (const blobs of above) {
    if (!await hasRoot(blobs)) continue;
    throw new InvalidInputError({
      action: "make a data directory at",
      place,
      expected: "a prefix that lies in no other",
      found: `that of ${blobs.place}`,
      remedy: `set SLUICE_HOME=${blobs.place}, or choose a prefix beside it`,
    });
  }
}

async function hasRoot(blobs: Blobs): Promise<boolean> {
  try {
    return await blobs.head(ROOT_FILE) !== null;
  } catch (error) {
    // Whoever may see nothing there cannot be asked to look.
    if (isWithoutPermission(error)) return false;
    throw error;
  }
}

/**
 * The identity that another process gave a place in the meantime; null while nothing is there.
 *
 * @throws {InvalidInputError} If there are objects below the prefix that belong to no data root
 */
async function foundLater(blobs: Blobs): Promise<Uint8Array | null> {
  for await (const { key } of blobs.list("")) {
    // The identity comes before everything else, so that it is there if that object is of a root.
    const found = await blobs.get(ROOT_FILE);
    if (found !== null) return found;
    throw new InvalidInputError({
      action: "make a data directory at",
      place: blobs.place,
      expected: "no objects there",
      found: `"${key}", and no ${ROOT_FILE}`,
      remedy: `choose another prefix, or put ${ROOT_FILE} back if a data directory lost it`,
    });
  }
  return null;
}

function parse(place: string, text: string): RootObject {
  const name = `${place}/${ROOT_FILE}`;
  requireSchema(name, text);
  const options = { expected: EXPECTED, remedy: REMEDY, names: [] };
  const { content, sealed } = decodeRecord(text, name, options);
  const root = sealed ? rootOf(content) : null;
  if (root === null) {
    throw new DamagedStoreError({
      action: "read",
      place: name,
      expected: EXPECTED,
      found: sealed ? "other content" : "no checksum",
      remedy: REMEDY,
    });
  }
  if (root.place === place) return root;
  throw new InvalidInputError({
    action: "use the data directory",
    place,
    expected: `it at ${root.place}, where it was made`,
    found: "it here",
    remedy: `set SLUICE_HOME=${root.place}`,
  });
}

const EXPECTED = "the identity of a data directory";
const REMEDY = "put the object back as it was, or choose another prefix";

function rootOf({ id, place }: RecordContent): RootObject | null {
  if (typeof id !== "string" || !isRootId(id) || typeof place !== "string") return null;
  return { id, place };
}

/** What another version wrote may have another form, of which only the schema is known. */
function requireSchema(place: string, text: string): void {
  const [, schema] = /"schema":\s*(\d+)/.exec(text) ?? [];
  if (schema === undefined || Number(schema) === ROOT_SCHEMA) return;
  throw new SchemaVersionError({
    action: "use the data directory of",
    place,
    expected: `schema ${ROOT_SCHEMA}`,
    found: schema,
    remedy: "use the version of Sluice that wrote it, or set SLUICE_HOME to another prefix",
  });
}
