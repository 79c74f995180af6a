import type { JsonValue } from "../core/canonical.ts";
import type { Commit, CommitInfo } from "./commit.ts";

/**
 * Writes the files of one directory and commits them: each whole, flushed and renamed, hashed while
 * it is written; `commit.json` last.
 */
export class StoreWriter {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Writes a file whole. @param path Relative, with `/` */
  write(_path: string, _data: Uint8Array | string): Promise<void> {
    throw new Error("not built yet");
  }

  /** Names a file in the commit that something else wrote, e.g. `metrics.jsonl`: it is hashed. */
  adopt(_path: string): Promise<void> {
    throw new Error("not built yet");
  }

  /** Flushes directories and writes `commit.json`. */
  commit(_info: CommitInfo): Promise<Commit> {
    throw new Error("not built yet");
  }
}

/** Writes `provenance.json` beside a commit: not in the digest, so it may hold times and hosts. */
export function writeProvenance(_directory: string, _provenance: JsonValue): Promise<void> {
  throw new Error("not built yet");
}

/** What {@linkcode writeProvenance} wrote, null where it did not. */
export function readProvenance(_directory: string): Promise<JsonValue | null> {
  throw new Error("not built yet");
}

/** Writes a file by temporary file, fsync, rename and directory fsync. */
export function writeFileAtomically(_path: string, _data: Uint8Array | string): Promise<void> {
  throw new Error("not built yet");
}
