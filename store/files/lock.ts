import * as fs from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers";
import { StageBusyError } from "../../core/errors.ts";
import { withAccess } from "./access.ts";
import { listDirectory, makeDirectory, readTextFile, removeFile, temporaryName } from "./files.ts";
import { machineName, type ProcessName, thisProcess } from "./machine.ts";

/**
 * The lock of a stage: a directory with one file a holder, which says who holds it. On this machine a
 * holder lives for as long as it has its file locked by the kernel, whatever the clocks say; one on
 * another machine, or in another container, also for as long as its file changes: not every file
 * system shows the locks of other machines. The list is read and changed under a lock of the
 * kernel's, which ends with its process.
 */

/** Interval between two signs of life (ms). */
const HEARTBEAT_INTERVAL = 5000;

/**
 * Seconds without a sign of life after which a holder on another machine counts as dead. Far beyond a
 * heartbeat, as a thread may compute for many seconds without a turn of its event loop.
 */
const STALE_AFTER = 120;

/** A held lock. Release it when the work is committed. */
export interface StageLock extends AsyncDisposable {
  release(): Promise<void>;
}

interface Holder extends ProcessName {
  readonly owner: string;
}

/**
 * Takes the lock of a stage. The same owner may hold it many times, from threads and processes; a
 * holder that is dead does not count.
 *
 * @param owner Id of the workflow that needs the stage
 * @throws {StageBusyError} If another owner holds it, naming the holder
 * @throws {StoreAccessError} If the data directory cannot be written
 */
export async function acquireLock(stageDirectory: string, owner: string): Promise<StageLock> {
  const directory = join(stageDirectory, "lock");
  const file = join(directory, `${crypto.randomUUID()}.json`);
  const text = JSON.stringify({ owner, ...thisProcess() } satisfies Holder);
  const held = await withAccess(stageDirectory, async () => {
    using _mutex = await lockMutex(directory);
    const held = holdFile(file, text);
    const other = findHolders(directory, file).find((holder) => holder.owner !== owner);
    if (other === undefined) return held;
    fs.unlinkSync(file);
    held.close();
    throw new StageBusyError({
      action: "use",
      place: stageDirectory,
      expected: "it free",
      found: `it held by "${other.owner}" (process ${other.pid})`,
      remedy: "it is used as soon as that run is done with it",
    });
  });
  const heartbeat = setInterval(() => touch(file, text), HEARTBEAT_INTERVAL);
  heartbeat.unref(); // a held lock keeps no process alive
  const release = () => {
    clearInterval(heartbeat);
    removeFile(file);
    held.close();
    return Promise.resolve();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Writes a file of one's own and locks it. Nobody looks at it yet: the list is locked. */
function holdFile(path: string, text: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, write: true, createNew: true });
  file.lockSync(true);
  fs.writeFileSync(path, text);
  return file;
}

/** Whether a thread or process of this machine has a file locked. */
function isHeld(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    return !file.tryLockSync(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // released in this moment
    throw error;
  }
}

/** Keeps other threads and processes out of the list of holders until it is disposed of. */
async function lockMutex(directory: string): Promise<Disposable> {
  for (;;) {
    makeDirectory(directory);
    const path = join(directory, "mutex");
    const file = openIfThere(path);
    if (file === null) continue;
    // Most often it is free, and then nothing waits for the event loop.
    if (!file.tryLockSync(true)) await file.lock(true);
    // The directory may have been cleaned while this waited: then it locked a file that is gone.
    const current = fs.statSync(path, { throwIfNoEntry: false });
    if (current?.ino === file.statSync().ino) return file;
    file.close();
  }
}

/** The mutex of a directory, null if the directory was removed in this moment. */
function openIfThere(path: string): Deno.FsFile | null {
  try {
    return Deno.openSync(path, { create: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * Lists the live holders of a lock but for one; those that died are removed.
 *
 * @param own File that was written just now: its time is the file system's own, so that machines
 * that share it need not agree on the time
 */
function findHolders(directory: string, own: string): readonly Holder[] {
  const now = fs.statSync(own).mtimeMs;
  return listDirectory(directory).flatMap(({ name }) => {
    const path = join(directory, name);
    if (path === own || !name.endsWith(".json")) return [];
    const holder = parseHolder(readTextFile(path));
    const seen = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (seen === undefined) return [];
    const isLeased = holder?.machine !== machineName() && (now - seen) / 1000 < STALE_AFTER;
    if (holder !== null && (isLeased || isHeld(path))) return [holder];
    removeFile(path);
    return [];
  });
}

/**
 * Does something in a stage while nobody holds its lock, and lets nobody take it meanwhile.
 *
 * @returns What it returns, null if someone holds the lock
 */
export async function whileUnheld<Result>(
  stageDirectory: string,
  work: () => Result,
): Promise<Result | null> {
  const directory = join(stageDirectory, "lock");
  return await withAccess(stageDirectory, async () => {
    using _mutex = await lockMutex(directory);
    return isUnheld(directory) ? work() : null;
  });
}

/** Whether a lock has no holder. @param directory Of the lock, whose list is locked */
function isUnheld(directory: string): boolean {
  const probe = temporaryName(join(directory, "time"));
  try {
    fs.writeFileSync(probe, "", { flag: "wx" });
    return findHolders(directory, probe).length === 0;
  } finally {
    removeFile(probe);
  }
}

/** Parses the record of a lock's holder; null for the rest of one that was killed while writing. */
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
