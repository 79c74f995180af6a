import * as fs from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers";
import { StageBusyError } from "../../core/errors.ts";
import { isStale, type ProcessName, thisProcess } from "./_process.ts";
import { withAccess } from "./access.ts";
import { listDirectory, makeDirectory, readTextFile, removeFile } from "./files.ts";

/**
 * The lock of a stage: a directory with one file a holder, which says who holds it and, by the time
 * of its last change, when that was last seen alive. The list is read and changed under a lock of the
 * kernel's, which ends with its process.
 */

/** Between two signs of life, in ms. */
const HEARTBEAT_INTERVAL = 5000;

/** A held lock. Release it when the work is committed. */
export interface StageLock extends AsyncDisposable {
  release(): Promise<void>;
}

interface Holder extends ProcessName {
  readonly owner: string;
}

/**
 * Takes the lock of a stage. The same owner may hold it many times, from threads and processes; a
 * holder whose process is dead, or whose heartbeat is old, does not count.
 *
 * @param owner Id of the workflow that needs the stage
 * @throws {StageBusyError} If another owner holds it, naming the holder
 * @throws {StoreAccessError} If the data directory cannot be written
 */
export async function acquireLock(stageDirectory: string, owner: string): Promise<StageLock> {
  const directory = join(stageDirectory, "lock");
  const file = join(directory, `${crypto.randomUUID()}.json`);
  const text = JSON.stringify({ owner, ...thisProcess() } satisfies Holder);
  await withAccess(stageDirectory, async () => {
    using _mutex = await lockMutex(directory);
    fs.writeFileSync(file, text, { flag: "wx" });
    const other = findHolder(directory, file, owner);
    if (other === null) return;
    fs.unlinkSync(file);
    throw new StageBusyError(
      `Cannot use "${stageDirectory}": expected it free, found it held by "${other.owner}" ` +
        `(process ${other.pid}): it is used as soon as that run is done with it`,
    );
  });
  const heartbeat = setInterval(() => touch(file, text), HEARTBEAT_INTERVAL);
  heartbeat.unref(); // a held lock keeps no process alive
  const release = () => {
    clearInterval(heartbeat);
    removeFile(file);
    return Promise.resolve();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Keeps other threads and processes out of the list of holders until it is disposed of. */
async function lockMutex(directory: string): Promise<Disposable> {
  for (;;) {
    makeDirectory(directory);
    const path = join(directory, "mutex");
    const file = await openIfThere(path);
    if (file === null) continue;
    await file.lock(true);
    // The directory may have been cleaned while this waited: then it locked a file that is gone.
    const current = fs.statSync(path, { throwIfNoEntry: false });
    if (current?.ino === (await file.stat()).ino) return file;
    file.close();
  }
}

/** The mutex of a directory, null where the directory was removed in this moment. */
async function openIfThere(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path, { create: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The live holder of another owner, null where there is none; stale ones are removed. */
function findHolder(directory: string, own: string, owner: string): Holder | null {
  // The file system's own clock, so that machines that share it need not agree on the time.
  const now = fs.statSync(own).mtimeMs;
  let other: Holder | null = null;
  for (const { name } of listDirectory(directory)) {
    const path = join(directory, name);
    if (path === own || !name.endsWith(".json")) continue;
    const holder = parseHolder(readTextFile(path));
    const seen = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (seen === undefined) continue;
    if (holder === null || isStale(holder, (now - seen) / 1000)) removeFile(path);
    else if (holder.owner !== owner) other = holder;
  }
  return other;
}

/** What a holder wrote; null for what is left of one that was killed while writing. */
function parseHolder(text: string | null): Holder | null {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function touch(file: string, text: string): void {
  try {
    fs.writeFileSync(file, text, { flag: "r+" });
  } catch {
    // Taken over while this process was stopped: what both write is the same, and commits decide.
  }
}
