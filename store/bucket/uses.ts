import { join } from "node:path";
import { makeDirectory } from "../files/files.ts";

/**
 * Marks of stages in a working root that are in use: files that the kernel locks, shared by all who
 * use a stage, and for one alone who drops it. A lock ends with its process. When a file was written
 * last says when its stage was used.
 */
export class StageUses {
  readonly #directory: string;
  readonly #held = new Map<string, Promise<Deno.FsFile>>();

  /** @param root Absolute path of the working root */
  constructor(root: string) {
    this.#directory = join(root, "uses");
  }

  /** Marks a stage until {@linkcode release}; waits while it is dropped. @param stage Its path */
  async hold(stage: string): Promise<void> {
    const held = this.#held.get(stage) ?? this.#lock(stage);
    this.#held.set(stage, held);
    await held;
  }

  async #lock(stage: string): Promise<Deno.FsFile> {
    const file = this.#open(stage);
    await file.lock(false);
    file.writeSync(Uint8Array.of(0)); // the kernel tells the time
    return file;
  }

  /** Ends all marks. */
  async release(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const file of held) (await file).close();
  }

  /** Time of the last use of a stage (ms since 1970), 0 if none is known. */
  lastUse(stage: string): number {
    using file = this.#open(stage);
    return file.statSync().mtime?.getTime() ?? 0;
  }

  /** Takes a stage alone, null if anyone uses it. */
  tryAlone(stage: string): Disposable | null {
    const file = this.#open(stage);
    if (file.tryLockSync(true)) return file;
    file.close();
    return null;
  }

  #open(stage: string): Deno.FsFile {
    makeDirectory(this.#directory);
    const path = join(this.#directory, stage.replaceAll("/", "+"));
    return Deno.openSync(path, { create: true, read: true, write: true });
  }
}
