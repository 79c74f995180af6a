import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Environment } from "../../infra/temporal/connection.ts";
import { cacheDirectory } from "../data/cache_directory.ts";
import { sourcesDigest } from "../prepare/build_digest.ts";
import { PROJECT_DIRECTORY } from "../services/task_command.ts";
import { removeOldBundles, runBundler } from "./bundler.ts";

/** File of a bundle with which a thread starts. */
export const THREAD_FILE = "thread_main.js";

const BUNDLER = new URL("./bundle_threads.ts", import.meta.url);

/** What is in a bundle, or makes it, beside the code that `codeDigest()` knows. */
const MORE_FOLDERS = ["view", "runtime/bundles"];

/** File of a bundle that the processes hold whose threads start with it. */
const USERS = "users.lock";

/**
 * The code of threads in a few files, made once for each version of the project's code: a thread
 * then starts with a quarter of the processor time that its 440 modules take. Modules of users import
 * the sources, so threads that load such modules start from those, too.
 */
export class ThreadBundle {
  readonly #folder: string;
  readonly #directory: string;
  /** Tells other processes that this one needs the bundle, whose parts it may load at any time. */
  #use: Deno.FsFile | null = null;
  readonly #ended = new AbortController();
  #making: Promise<void> | null = null;

  /**
   * @param code See `codeDigest()`
   * @param environment Variables of the process
   */
  constructor(code: string, environment: Environment) {
    // Addresses of this project's files are in it.
    const version = createHash("sha256")
      .update([code, sourcesDigest(MORE_FOLDERS), PROJECT_DIRECTORY].join("\n"))
      .digest("hex");
    this.#folder = join(cacheDirectory(environment), "threads");
    this.#directory = join(this.#folder, version.slice(0, 16));
  }

  /** Address of the script with which a thread starts; undefined as long as it is not there. */
  get entry(): URL | undefined {
    this.#use ??= holdUse(this.#directory);
    return this.#use === null ? undefined : pathToFileURL(join(this.#directory, THREAD_FILE));
  }

  /** Begins to make the bundle where it is not there, in a process of its own. */
  begin(): void {
    this.#making ??= this.make(this.#ended.signal);
  }

  /** Ends that process if it runs, and the use of the bundle. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#making;
    this.#use?.close();
    this.#use = null;
  }

  /**
   * Makes the bundle where it is not there. Without it threads start from the sources, so nothing
   * fails where it cannot be made.
   */
  async make(signal?: AbortSignal): Promise<void> {
    if (this.entry !== undefined) return;
    const temporary = join(this.#folder, `.${randomUUID()}.tmp`);
    try {
      await mkdir(this.#folder, { recursive: true });
      using lock = await Deno.open(join(this.#folder, "lock"), { write: true, create: true });
      // Another process makes it, or has made it just now.
      if (!lock.tryLockSync(true) || this.entry !== undefined) return;
      await removeStrays(this.#folder);
      if (await runBundler(BUNDLER, [temporary], signal) !== null) return;
      await writeFile(join(temporary, USERS), "");
      await rename(temporary, this.#directory);
      await removeOldBundles(this.#folder, { isBundle: /^[\da-f]{16}$/, isInUse });
    } catch {
      // The cache cannot be written.
    } finally {
      await rm(temporary, { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Holds a bundle as one of its users. @returns Null if there is none, or it is being removed */
function holdUse(directory: string): Deno.FsFile | null {
  try {
    const file = Deno.openSync(join(directory, USERS));
    if (file.tryLockSync(false)) return file;
    file.close();
  } catch {
    // It is not there, or may not be read.
  }
  return null;
}

/** Whether the threads of a process start with a bundle. */
function isInUse(directory: string): boolean {
  try {
    using file = Deno.openSync(join(directory, USERS), { write: true });
    return !file.tryLockSync(true);
  } catch {
    return false;
  }
}

/** Removes what workers left that were killed. To be called while the lock is held. */
async function removeStrays(folder: string): Promise<void> {
  const strays = (await readdir(folder)).filter((name) => name.endsWith(".tmp"));
  await Promise.all(strays.map((name) => rm(join(folder, name), { recursive: true })));
}
