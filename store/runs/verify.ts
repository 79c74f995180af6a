import { requireIndex } from "../files/commit_text.ts";
import { INDEX_FILE } from "../files/file_index.ts";
import * as fs from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { InvalidInputError, messageOf, SluiceError } from "../../core/errors.ts";
import { describeFound } from "../files/bookkeeping.ts";
import { COMMIT_FILE, hashOf } from "../files/commit.ts";
import { readCommitOf } from "../files/read_commit.ts";
import { packedPath, unpackedPath } from "../files/packed.ts";
import { openFiles, type StoredFiles } from "../files/stored_files.ts";
import { describeFile } from "../episodes/layout.ts";
import { PROVENANCE_FILE, readProvenance } from "../files/provenance.ts";
import type { StoredRecord } from "../files/records.ts";
import { readRootFile, ROOT_FILE } from "../root/root_file.ts";
import { runsWithin, type RunVisitor, visitRun } from "./verify_run.ts";

/** One damaged or missing file. */
export interface Fault {
  /** Relative to the verified directory. */
  readonly path: string;
  /**
   * Path of the commit that names it, which must be removed so that it is made again. It is
   * relative too; null if that would not help, and the problem then gives the remedy.
   */
  readonly commit: string | null;
  /** E.g. `array "data/action", chunk 3: expected sha256 …, found …`. */
  readonly problem: string;
}

export interface VerifyReport {
  readonly commits: number;
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly Fault[];
  /**
   * Notes on what could not be verified without being damaged, in sentences without a full stop.
   */
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  /** Data root: runs of it in the directory are verified starting from their `run.json`. */
  readonly root?: string;
  /** Stage to verify; absent for the whole run. */
  readonly stage?: string;
  /** Absolute paths of directories that are verified too, with all that is below them. */
  readonly also?: readonly string[];
  /** Faults that were found before, by absolute paths. */
  readonly known?: readonly { readonly path: string; readonly problem: string }[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly files: number; readonly bytes: number }) => void;
}

/**
 * Reads again all that runs and commits name in and below a directory, through links and from
 * manifests to shards. A fault is noted, and the rest is read all the same.
 *
 * @throws {InvalidInputError} If nothing is stored there
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const verification = new Verification(directory, options);
  const { root, stage, also = [], known = [] } = options;
  for (const { path, problem } of known) verification.fault(path, "", problem);
  const runs = root === undefined ? [] : await runsWithin(root, directory, verification);
  for (const run of runs) {
    await visitRun(root!, run, {
      visitor: verification,
      ...(stage === undefined ? {} : { stage }),
    });
  }
  if (stage === undefined) {
    if (root !== undefined) visitRoot(root, directory, verification);
    await verification.visit(directory);
  }
  for (const place of also) await verification.visit(place);
  const report = verification.report();
  if (report.commits > 0 || report.faults.length > 0 || runs.length > 0) return report;
  throw new InvalidInputError({
    action: "verify",
    place: directory,
    expected: `${COMMIT_FILE} in or below it`,
    found: "none",
    remedy: "name a run, a dataset or a stage",
  });
}

/** Verifies the identity of a data root, if that is what a directory is. */
function visitRoot(root: string, directory: string, visitor: RunVisitor): void {
  if (!fs.existsSync(root) || !fs.existsSync(directory)) return;
  if (fs.realpathSync(root) !== fs.realpathSync(directory)) return;
  visitor.record(fs.realpathSync(root), ROOT_FILE, () => {
    readRootFile(root);
    return null;
  });
}

class Verification implements RunVisitor {
  readonly #root: string;
  readonly #options: VerifyOptions;
  /** Real paths of directories that were visited: links may lead to one twice. */
  readonly #visited = new Set<string>();
  readonly #faults: Fault[] = [];
  readonly #notes: string[] = [];
  #commits = 0;
  #files = 0;
  #bytes = 0;
  #unsealed = 0;

  constructor(root: string, options: VerifyOptions) {
    this.#root = fs.existsSync(root) ? fs.realpathSync(root) : root;
    this.#options = options;
  }

  report(): VerifyReport {
    const [commits, files, bytes] = [this.#commits, this.#files, this.#bytes];
    const unsealed = this.#unsealed === 0 ? [] : [
      `records without a checksum, from before there were any: ${this.#unsealed}; they were read, ` +
      "and have nothing to be compared with",
    ];
    return { commits, files, bytes, faults: this.#faults, notes: [...this.#notes, ...unsealed] };
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  fault(directory: string, path: string, problem: string): void {
    const commit = relative(this.#root, directory);
    this.#faults.push({ path: join(commit, path), commit, problem });
  }

  faultOfBooks(directory: string, path: string, problem: string): void {
    const place = relative(this.#root, directory);
    this.#faults.push({ path: join(place, path), commit: null, problem });
  }

  record(directory: string, file: string, read: () => StoredRecord | null): StoredRecord | null {
    try {
      const record = read();
      if (record?.sealed === false) this.#unsealed++;
      return record;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.faultOfBooks(directory, file, messageOf(error));
      return null;
    }
  }

  async visit(directory: string): Promise<void> {
    const packed = this.#enter(packedPath(directory), "file");
    if (packed !== null) {
      await this.#verifyCommit(packed.slice(0, -packedPath("").length));
      return;
    }
    const real = this.#enter(directory, "directory");
    if (real === null) return;
    // A manifest names shards by "..", which must not lead back up the link it was reached by.
    await this.#verifyCommit(real);
    for (const name of this.#namesIn(real)) {
      if (name.startsWith(".")) continue; // temporary
      const path = join(real, name);
      await this.visit(unpackedPath(path) ?? path);
    }
  }

  /** Returns the real path of what is to be visited; null if it is not there, or was visited. */
  #enter(path: string, kind: "file" | "directory"): string | null {
    try {
      const stat = fs.statSync(path);
      if (kind === "file" ? !stat.isFile() : !stat.isDirectory()) return null;
      const real = fs.realpathSync(path);
      if (this.#visited.has(real)) return null;
      this.#visited.add(real);
      return real;
    } catch (error) {
      if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
      const found = describeFound(error);
      const problem = `expected a ${kind}, found ${found}: put back what was there`;
      this.faultOfBooks(dirname(path), basename(path), problem);
      return null;
    }
  }

  #namesIn(directory: string): readonly string[] {
    try {
      return fs.readdirSync(directory).sort();
    } catch (error) {
      const problem = `expected a directory, found ${describeFound(error)}: make it readable`;
      this.faultOfBooks(directory, "", problem);
      return [];
    }
  }

  async #verifyCommit(directory: string): Promise<void> {
    let files, commit, reading = COMMIT_FILE;
    try {
      files = openFiles(directory);
      commit = readCommitOf(files);
      reading = INDEX_FILE;
      if (commit !== null) requireIndex(commit);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      const path = files?.path ?? packedPath(directory); // a directory opens, whatever is in it
      this.fault(path, files === undefined ? "" : reading, messageOf(error));
      return;
    }
    if (commit === null) return;
    this.#commits++;
    if (files.holder === "directory") {
      this.record(directory, PROVENANCE_FILE, () => readProvenance(directory));
    }
    for (const [path, hash] of commit.files) {
      await setImmediate(); // a turn of the event loop, in which an abort arrives
      this.#options.signal?.throwIfAborted();
      const shard = basename(path) === COMMIT_FILE ? dirname(join(directory, path)) : null;
      this.#verifyFile(files, path, hash);
      this.#options.onProgress?.({ files: this.#files, bytes: this.#bytes });
      if (shard !== null) await this.visit(shard);
    }
  }

  #verifyFile(files: StoredFiles, path: string, hash: string): void {
    const fault = (found: string) =>
      this.fault(
        files.path,
        path,
        `${describeFile(path)}: expected sha256 ${hash}, found ${found}`,
      );
    try {
      const data = files.read(path);
      if (data === null) return fault("none");
      this.#files++;
      this.#bytes += data.length;
      const found = hashOf(data);
      if (found !== hash) fault(found);
    } catch (error) {
      fault(error instanceof SluiceError ? String(error.fields.found) : describeFound(error));
    }
  }
}
