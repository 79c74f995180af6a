import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pinnedDigest } from "./official_download.ts";

/**
 * The executable that an earlier command obtained. It runs only if it has the pinned bytes. To read
 * 150 MB takes a third of a second, so a record beside it says which file had them: one that was
 * written since has another time of change, which no program can set. That time is known to the
 * second, so a file that was changed just now has no record.
 */

/** Name of the executable in the cache, and of its record. */
const EXECUTABLE = "temporal", RECORD = "temporal.checked";

/** Time after which a change would have another time (ms). */
const SETTLED_MS = 2000;

/**
 * The kept executable.
 *
 * @param cache Absolute path
 * @param digest SHA-256 that it must have; any if undefined, where no build is pinned
 * @returns Its path, null if there is none
 * @throws {Error} If it has other bytes
 */
export async function findKept(
  cache: string,
  digest: string | undefined = pinnedDigest(),
): Promise<string | null> {
  const file = join(cache, EXECUTABLE);
  try {
    await access(file, constants.X_OK);
  } catch {
    return null;
  }
  if (digest === undefined) return file;
  const record = join(cache, RECORD), identity = await identityOf(file, digest);
  if (await readFile(record, "utf8").catch(() => null) === identity) return file;
  const found = await digestOf(file);
  if (found !== digest) throw new Error(`expected bytes of digest ${digest}, found ${found}`);
  await keepRecord(record, identity, Number((await stat(file)).ctimeMs));
  return file;
}

/** What tells a file from one that was written since, and the digest that it had. */
async function identityOf(file: string, digest: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [digest, dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part);
  return hash.digest("hex");
}

/** Writes the record; where it cannot be written, the next command hashes again. */
async function keepRecord(record: string, text: string, changedMs: number): Promise<void> {
  const draft = `${record}.${process.pid}`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    const isOld = (await stat(draft)).ctimeMs - changedMs > SETTLED_MS;
    await (isOld ? rename(draft, record) : rm(draft));
  } catch {
    // A cache that nobody may write to is no fault.
  }
}
