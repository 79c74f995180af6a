import { readStoredCommit } from "../blobs/stored_commit.ts";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { DamagedStoreError, ReproductionError } from "../../core/errors.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { moveAll } from "./move_all.ts";
import { shardDirectory, type StoredShard } from "../episodes/shard.ts";
import { type Commit, hashOf } from "../files/commit.ts";
import { commitText, encodeCommit, writeCommit } from "../files/commit_text.ts";
import { readCommitSync, requireCommit } from "../files/read_commit.ts";
import { writeFileAtomically } from "../files/files.ts";
import { packedPath, unpackedPath } from "../files/packed.ts";
import { PROVENANCE_FILE } from "../files/provenance.ts";
import { CommittedFiles } from "../zarr/reader.ts";
import { StoreWriter } from "../zarr/writer.ts";
import { openArchive, packCommit, readArchiveCommit, unpackArchive } from "./archives.ts";
import {
  filesOf,
  isCheckpoint,
  isShard,
  removeCommitted,
  shardsNamedBy,
  stageOf,
} from "./places.ts";
import { StageUses } from "./uses.ts";

/** Whether equal keys promise equal bytes. */
export interface Exactness {
  readonly exact: boolean;
}

/**
 * A data root in a bucket. Its objects have the names that files have in a directory. What is read
 * and written lies in a working root, a directory of this machine in the same layout: what is
 * committed there is pushed to the bucket, and what is needed is filled from it. What the bucket does
 * not have is not committed.
 *
 * Places are paths of committed directories, relative to the root. In the bucket, what one object
 * can hold is an archive: shards, checkpoints, and what is not exact, so that files of two attempts
 * never mix. The rest lies file by file, with its commit last.
 */
export class BucketRoot {
  /** Absolute path of the working root. */
  readonly root: string;
  readonly blobs: Blobs;
  /** Stages that were filled, until they are released. */
  readonly uses: StageUses;
  /** Digests of places that were found to be here what they are in the bucket. */
  readonly #filled = new Map<string, string>();

  constructor(root: string, blobs: Blobs) {
    this.root = root;
    this.blobs = blobs;
    this.uses = new StageUses(root);
  }

  /** The commit of a place in the bucket, null if it has none; nothing else is read. */
  async readCommit(place: string): Promise<Commit | null> {
    return await this.#readPlain(place) ?? await readArchiveCommit(this.blobs, packedPath(place));
  }

  /** The commit of a stage in the bucket, null if it has none, or a shard that it names is gone. */
  async readStageCommit(place: string): Promise<Commit | null> {
    const commit = await this.readCommit(place);
    const [first, ...rest] = commit === null ? [] : shardsNamedBy(place, commit);
    if (first === undefined) return commit;
    const stored = new Set<string>();
    for await (const { key } of this.blobs.list(`${dirname(first.place)}/`)) stored.add(key);
    const isWhole = [first, ...rest].every((shard) => stored.has(packedPath(shard.place)));
    return isWhole ? commit : null;
  }

  /** Shards `first` … `end − 1` of a stage that are in the bucket, in any order. */
  async *storedShards(
    stage: string,
    { first, end }: { readonly first: number; readonly end: number },
  ): AsyncGenerator<StoredShard> {
    const places = (await this.#shardsOf(stage)).filter((place) => {
      const shard = Number(basename(place));
      return shard >= first && shard < end;
    });
    const found: StoredShard[] = [];
    await moveAll(places, async (place) => {
      const commit = await this.readCommit(place);
      if (commit !== null) found.push({ shard: Number(basename(place)), commit });
    });
    yield* found;
  }

  /**
   * Fills a place of the working root with what is committed in the bucket. What is the same stays.
   *
   * @returns Its commit, null if the bucket has none
   * @throws {DamagedStoreError} If it is not what was committed
   */
  async fill(place: string, { exact }: Exactness): Promise<Commit | null> {
    const stage = stageOf(place);
    if (stage !== null) await this.uses.hold(stage);
    const directory = join(this.root, place), here = readCommitSync(directory);
    const isKnown = here !== null && this.#filled.get(place) === here.digest;
    if (isKnown || (here !== null && exact && isShard(place))) return here;
    const plain = await this.#readPlain(place);
    if (plain !== null && plain.digest !== here?.digest) {
      if (here !== null) removeCommitted(directory, here);
      await this.#fillPlain(place, plain);
    }
    const commit = plain ?? await this.#fillArchive(place, here);
    if (commit !== null) this.#filled.set(place, commit.digest);
    return commit;
  }

  /** {@linkcode fill}, with the shards that the commit names. @throws As that */
  async fillStage(place: string, exactness: Exactness): Promise<Commit | null> {
    const commit = await this.fill(place, exactness);
    const shards = commit === null ? [] : shardsNamedBy(place, commit);
    await moveAll(shards, async (shard) => {
      const found = await this.fill(shard.place, exactness);
      if (found !== null && hashOf(commitText(found)) === shard.hash) return;
      throw this.#damaged(packedPath(shard.place), `what "${place}" names`);
    });
    return commit;
  }

  /** {@linkcode fill} for the shards of a stage that are in the bucket. @throws As that */
  async fillStoredShards(stage: string, exactness: Exactness): Promise<void> {
    await moveAll(await this.#shardsOf(stage), async (place) => {
      await this.fill(place, exactness);
    });
  }

  async #shardsOf(stage: string): Promise<readonly string[]> {
    const places: string[] = [];
    for await (const { key } of this.blobs.list(`${stage}/shards/`)) {
      const place = unpackedPath(key);
      if (place !== null) places.push(place);
    }
    return places;
  }

  /** {@linkcode fill} for the first shards of a stage. @throws As that */
  async fillShards(stage: string, count: number, exactness: Exactness): Promise<void> {
    const shards = Array.from({ length: count }, (_, shard) => shardDirectory(stage, shard));
    await moveAll(shards, async (shard) => {
      await this.fill(shard, exactness);
    });
  }

  /**
   * Pushes what is committed in the working root, unless the bucket has it. What is not exact gives
   * way to what the bucket has.
   *
   * @returns The commit that holds
   * @throws {ReproductionError} If the bucket has other bytes of what is exact
   */
  async push(place: string, exactness: Exactness): Promise<Commit> {
    const commit = requireCommit(join(this.root, place)), { exact } = exactness;
    if (this.#filled.get(place) === commit.digest) return commit;
    if (!await this.#put(place, commit, exact)) {
      const there = await this.readCommit(place);
      if (there?.digest !== commit.digest) {
        if (exact || there === null) throw differs(this.#name(place), commit, there);
        return await this.fill(place, exactness) ?? there;
      }
    }
    this.#filled.set(place, commit.digest);
    await this.#putProvenance(place);
    return commit;
  }

  /** @returns Whether it was written: not if something is committed there */
  async #put(place: string, commit: Commit, exact: boolean): Promise<boolean> {
    const directory = join(this.root, place), files = filesOf(commit);
    if (isShard(place)) {
      return await this.#putNew(packedPath(place), fs.readFileSync(packedPath(directory)));
    }
    const stored = CommittedFiles.open(directory);
    if (files.length > 0 && (!exact || isCheckpoint(place))) {
      const archive = packCommit(commit, (path) => stored.read(path));
      return await this.#putNew(packedPath(place), archive);
    }
    if (await this.#readPlain(place) !== null) return false;
    await moveAll(files, async ([path, hash]) => {
      const key = `${place}/${path}`;
      // What is there is of an attempt that was cut short.
      if (!await this.#putNew(key, stored.read(path))) await this.#getFile(key, hash);
    });
    const ends = encodeCommit(commit), last = ends.at(-1)!; // the commit itself
    for (const { name, bytes } of ends.slice(0, -1)) {
      const key = `${place}/${name}`;
      if (!await this.#putNew(key, bytes)) await this.#getFile(key, hashOf(bytes));
    }
    return await this.#putNew(`${place}/${last.name}`, last.bytes);
  }

  #putNew(key: string, data: Uint8Array): Promise<boolean> {
    return this.blobs.put(key, data, { ifAbsent: true });
  }

  /** @throws {DamagedStoreError} If it is not there with that SHA-256 */
  async #getFile(key: string, hash: string): Promise<Uint8Array> {
    const data = await this.blobs.get(key);
    if (data === null || hashOf(data) !== hash) throw this.#damaged(key, `sha256 ${hash}`);
    return data;
  }

  async #putProvenance(place: string): Promise<void> {
    const path = join(this.root, place, PROVENANCE_FILE);
    if (fs.existsSync(path)) {
      await this.#putNew(`${place}/${PROVENANCE_FILE}`, fs.readFileSync(path));
    }
  }

  async #fillProvenance(place: string): Promise<void> {
    const bytes = await this.blobs.get(`${place}/${PROVENANCE_FILE}`);
    if (bytes !== null) {
      await writeFileAtomically(join(this.root, place, PROVENANCE_FILE), bytes);
    }
  }

  async #readPlain(place: string): Promise<Commit | null> {
    if (isShard(place) || isCheckpoint(place)) return null;
    return await readStoredCommit(this.blobs, place);
  }

  async #fillPlain(place: string, commit: Commit): Promise<void> {
    const directory = join(this.root, place), files = filesOf(commit);
    await this.#fillProvenance(place);
    using writer = new StoreWriter(directory);
    await moveAll(files, async ([path, hash]) => {
      await writer.write(path, await this.#getFile(`${place}/${path}`, hash));
    });
    await writer.flush();
    writeCommit(directory, commit);
  }

  /** @param here What is committed in the working root */
  async #fillArchive(place: string, here: Commit | null): Promise<Commit | null> {
    const key = packedPath(place), directory = join(this.root, place);
    if (here !== null) {
      const there = await readArchiveCommit(this.blobs, key);
      if (there === null || there.digest === here.digest) return there;
      removeCommitted(directory, here);
    }
    const bytes = await this.blobs.get(key);
    if (bytes === null) return null;
    const archive = openArchive(this.#name(key), bytes);
    if (isShard(place)) await writeFileAtomically(packedPath(directory), bytes);
    else {
      await this.#fillProvenance(place);
      await unpackArchive(archive, directory);
    }
    return archive.commit;
  }

  #name(place: string): string {
    return `${this.blobs.place}/${place}`;
  }

  #damaged(key: string, expected: string): DamagedStoreError {
    return new DamagedStoreError({
      action: "use",
      place: this.#name(key),
      expected,
      found: "other bytes, or none",
      remedy: "remove the object and run the stage again",
    });
  }
}

/** An alarm: two attempts at what must have the same bytes have not. */
function differs(place: string, commit: Commit, there: Commit | null): ReproductionError {
  return new ReproductionError({
    action: "commit",
    place,
    expected: `digest ${commit.digest}`,
    found: there?.digest ?? "none, though the store says that it is there",
    remedy: "compare the machines that computed it: versions, modules and kernels; what the " +
      "bucket has was kept",
  });
}
