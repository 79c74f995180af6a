import * as fs from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { InvalidInputError, messageOf, SluiceError } from "../../core/errors.ts";
import { systemCode } from "../files/access.ts";
import { COMMIT_FILE, hashOf, readCommitSync } from "../files/commit.ts";
import { listDirectory } from "../files/files.ts";
import { chunkOf } from "../episodes/layout.ts";

/** One damaged or missing file. */
export interface Fault {
  /** Relative to the verified directory. */
  readonly path: string;
  /** Of the commit that names it: to be removed, so that it is made again. Likewise relative. */
  readonly commit: string;
  /** E.g. `array "data/action", chunk 3: expected sha256 …, found …`. */
  readonly problem: string;
}

export interface VerifyReport {
  readonly commits: number;
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly Fault[];
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly files: number; readonly bytes: number }) => void;
}

/**
 * Reads again all that commits name in and below a directory, through links and from manifests to
 * shards. A fault is noted, and the rest is read all the same.
 *
 * @throws {InvalidInputError} If nothing is committed there
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const verification = new Verification(directory, options);
  await verification.visit(directory);
  const report = verification.report();
  if (report.commits > 0 || report.faults.length > 0) return report;
  throw new InvalidInputError(
    `Cannot verify "${directory}": expected ${COMMIT_FILE} in or below it, found none: name a run, a ` +
      "dataset or a stage",
  );
}

class Verification {
  readonly #root: string;
  readonly #options: VerifyOptions;
  /** Real paths of directories that were visited: links may lead to one twice. */
  readonly #visited = new Set<string>();
  readonly #faults: Fault[] = [];
  #commits = 0;
  #files = 0;
  #bytes = 0;

  constructor(root: string, options: VerifyOptions) {
    this.#root = fs.existsSync(root) ? fs.realpathSync(root) : root;
    this.#options = options;
  }

  report(): VerifyReport {
    const [commits, files, bytes] = [this.#commits, this.#files, this.#bytes];
    return { commits, files, bytes, faults: this.#faults };
  }

  /** Verifies the commit of a directory, and those below it. */
  async visit(directory: string): Promise<void> {
    if (!isDirectory(directory)) return;
    const real = fs.realpathSync(directory);
    if (this.#visited.has(real)) return;
    this.#visited.add(real);
    // A manifest names shards by "..", which must not lead back up the link it was reached by.
    await this.#verifyCommit(real);
    for (const { name } of listDirectory(real)) await this.visit(join(real, name));
  }

  async #verifyCommit(directory: string): Promise<void> {
    let commit;
    try {
      commit = readCommitSync(directory);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.#fault(directory, COMMIT_FILE, messageOf(error));
      return;
    }
    if (commit === null) return;
    this.#commits++;
    for (const [path, hash] of Object.entries(commit.files)) {
      await setImmediate(); // a turn of the event loop, in which an abort arrives
      this.#options.signal?.throwIfAborted();
      this.#verifyFile(directory, path, hash);
      this.#options.onProgress?.({ files: this.#files, bytes: this.#bytes });
      if (basename(path) === COMMIT_FILE) await this.visit(dirname(join(directory, path)));
    }
  }

  #verifyFile(directory: string, path: string, hash: string): void {
    try {
      const data = fs.readFileSync(join(directory, path));
      this.#files++;
      this.#bytes += data.length;
      const found = hashOf(data);
      if (found === hash) return;
      this.#fault(directory, path, `${describe(path)}: expected sha256 ${hash}, found ${found}`);
    } catch (error) {
      const found = systemCode(error) === "ENOENT" ? "none" : messageOf(error);
      this.#fault(directory, path, `${describe(path)}: expected sha256 ${hash}, found ${found}`);
    }
  }

  #fault(directory: string, path: string, problem: string): void {
    const commit = relative(this.#root, directory);
    this.#faults.push({ path: join(commit, path), commit, problem });
  }
}

/** `data/action/c.3.0` as what it is: `array "data/action", chunk 3`. */
function describe(path: string): string {
  const chunk = chunkOf(path);
  return chunk ? `array "${chunk.array}", chunk ${chunk.index}` : `file "${path}"`;
}

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
