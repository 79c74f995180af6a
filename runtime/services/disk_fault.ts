import { rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { namedError, writeFileAtomically } from "../../store/mod.ts";
import { temporalDirectory } from "./services.ts";

/** Bytes of the file that shows whether the disk takes any: a page, which an empty file has not. */
const PROBE = new Uint8Array(4096);

/** Seconds between two looks of {@linkcode DiskWatch}. */
const INTERVAL = 5;

/** Finds why no file can be written, flushed and removed below a data directory; null if one can. */
export async function findDiskFault(root: string): Promise<Error | null> {
  const file = join(temporalDirectory(root), "probe");
  try {
    await writeFileAtomically(file, PROBE);
    await rm(file, { force: true }); // another command that looks may have been quicker
    return null;
  } catch (error) {
    const named = namedError(error);
    return named instanceof Error ? named : new Error(messageOf(error));
  }
}

/**
 * Watch that reports when a data directory can no longer be written, and when it can again. The
 * server keeps its database there, so it answers nobody while the disk is full, and cannot report
 * it.
 */
export class DiskWatch {
  readonly #root: string;
  #looked = -Infinity;
  #faulty = false;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Looks at the disk from time to time.
   *
   * @param now Seconds of a clock that nobody sets
   * @returns A note where the disk is another than at the last look, else null
   */
  async next(now: number): Promise<string | null> {
    if (now - this.#looked < INTERVAL) return null;
    this.#looked = now;
    const fault = await findDiskFault(this.#root);
    if (this.#faulty === (fault !== null)) return null;
    this.#faulty = fault !== null;
    return fault === null ? "The data directory is writable again" : fault.message;
  }
}
