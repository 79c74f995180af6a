import { basename, dirname, join } from "node:path";
import { canonicalJson, type JsonValue } from "../../core/canonical.ts";
import {
  type Column,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  typedData,
  type Verdict,
} from "../../core/episode.ts";
import { rowSize } from "../../core/episode.ts";
import { ArrayReader } from "../zarr/array_reader.ts";
import { ArrayWriter } from "../zarr/array_writer.ts";
import { writeGroup, writeGroupsBetween } from "../zarr/groups.ts";
import type { Commit, CommitInfo } from "../files/commit.ts";
import { type CommitFigures, hasCommit, readFiguresQuickly } from "../files/read_commit.ts";
import { entriesOf } from "../files/files.ts";
import { isPacked } from "../files/packed.ts";
import {
  EPISODE_ENDS,
  episodePath,
  fieldAttributes,
  IMAGE_ROWS,
  isImage,
  readRootAttributes,
  schemaAttributes,
  stepPath,
} from "./layout.ts";
import { CommittedFiles } from "../zarr/reader.ts";
import { PackedWriter } from "../zarr/packed_writer.ts";

/** Shards: a fixed range of candidates, in one archive and with a commit of its own. */

/** Facts to commit with a shard. */
export interface ShardOptions extends Partial<CommitInfo> {
  readonly schema: EpisodeSchema;
}

/** A shard as read. */
export interface Shard {
  readonly schema: EpisodeSchema;
  readonly table: EpisodeTable;
  readonly commit: Commit;
}

/** Digits of a shard's directory: enough for 10^6 shards in the order of their names. */
const SHARD_DIGITS = 6;

/** `<stageDirectory>/shards/000012`, which lies packed; see {@linkcode packedPath}. */
export function shardDirectory(stageDirectory: string, index: number): string {
  return join(stageDirectory, "shards", String(index).padStart(SHARD_DIGITS, "0"));
}

/** Shards of a stage that {@linkcode listShards} lists; all if absent. */
export interface ShardSpan {
  readonly first?: number;
  readonly count?: number;
  /** Shards that are passed over: a stage goes without them; none if absent. */
  readonly without?: ReadonlySet<number>;
}

/** Absolute directories of the committed shards of a stage, up to the first that is missing. */
export function listShards(
  stageDirectory: string,
  { first = 0, count = Infinity, without = new Set() }: ShardSpan = {},
): string[] {
  const shards: string[] = [];
  for (let shard = first; shard < first + count; shard++) {
    if (without.has(shard)) continue;
    const directory = shardDirectory(stageDirectory, shard);
    if (!hasCommit(directory)) break;
    shards.push(directory);
  }
  return shards;
}

/** A shard as {@linkcode listStoredShards} finds it. */
export interface StoredShard {
  readonly shard: number;
  readonly commit: CommitFigures;
}

/**
 * Finds the committed shards `first` … `end − 1` of a stage, in ascending order, gaps and all. A shard
 * that is a link is left out. It is a look at some ten thousand of them in a second: of each, the
 * commit is read and nothing else; see {@linkcode readFiguresQuickly}.
 *
 * @throws {DamagedStoreError} If a `commit.json` is not what was written
 */
export async function* listStoredShards(
  stageDirectory: string,
  { first, end }: { readonly first: number; readonly end: number },
): AsyncGenerator<StoredShard> {
  const found: (readonly [shard: number, place: string])[] = [];
  const directory = dirname(shardDirectory(stageDirectory, first));
  for (const { name, isFile, isDirectory } of entriesOf(directory)) {
    const [, digits, ending] = SHARD_NAME.exec(name) ?? [], shard = Number(digits);
    if (digits === undefined || !(shard >= first && shard < end)) continue;
    const place = shardDirectory(stageDirectory, shard);
    if (basename(place) !== digits) continue; // another way to write the number
    // A directory of an earlier version counts where no archive has taken its place.
    const isStored = ending === undefined ? isDirectory && !isPacked(place) : isFile;
    if (isStored) found.push([shard, place]);
  }
  for (const [shard, place] of found.sort(([a], [b]) => a - b)) {
    const commit = readFiguresQuickly(place);
    if (commit !== null) yield { shard, commit };
  }
}

/** Name of a shard's archive, or of the directory that earlier versions wrote. */
const SHARD_NAME = /^(\d+)(\.zip)?$/;

/**
 * Writes episodes as one packed Zarr v3 group, one chunk an array but for images, and commits it.
 *
 * @param directory See {@linkcode shardDirectory}
 * @throws {RangeError} If the table lacks a column of the schema, or one has another length
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function writeShard(
  directory: string,
  table: EpisodeTable,
  { schema, ...info }: ShardOptions,
): Promise<Commit> {
  using writer = new PackedWriter(directory);
  const arrays = [
    ...schema.step.map((spec) => [stepPath(spec.name), spec, columnOf(table.step, spec)] as const),
    ...schema.episode.map((spec) =>
      [episodePath(spec.name), spec, columnOf(table.episode, spec)] as const
    ),
    [episodePath(EPISODE_ENDS.name), EPISODE_ENDS, endsOf(table.lengths)] as const,
  ];
  await writeGroup(writer, "", { ...schemaAttributes(schema), ...info.attributes });
  await writeGroupsBetween(writer, "", arrays.map(([path]) => path));
  for (const [path, spec, { data }] of arrays) {
    const rows = data.length / rowSize(spec.shape);
    const array = await ArrayWriter.create(writer, {
      path,
      dtype: spec.dtype,
      shape: spec.shape,
      rows,
      chunkRows: Math.max(1, isImage(spec) ? Math.min(IMAGE_ROWS, rows) : rows),
      attributes: fieldAttributes(spec),
    });
    await array.append(data);
    await array.finish();
  }
  return await writer.commit({ kind: "shard", ...info });
}

function columnOf(columns: Readonly<Record<string, Column>>, spec: FieldSpec): Column {
  const column = columns[spec.name];
  if (column !== undefined && column.dtype === spec.dtype) return column;
  throw new RangeError(
    `Cannot write column "${spec.name}": expected ${spec.dtype}, found ${column?.dtype ?? "none"}`,
  );
}

/** `[E]` lengths as `[E]` ends. */
function endsOf(lengths: Int32Array): Column {
  let end = 0n;
  const data = BigInt64Array.from(lengths, (length) => end += BigInt(length));
  return { dtype: "int64", shape: [], data };
}

/** `[E]` ends as `[E]` lengths. */
function lengthsOf(ends: BigInt64Array): Int32Array {
  return Int32Array.from(ends, (end, i) => Number(end - (i === 0 ? 0n : ends[i - 1]!)));
}

/**
 * The episodes of a shard, every chunk checked.
 *
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 */
export async function readShard(directory: string): Promise<Shard> {
  const files = CommittedFiles.open(directory);
  const { schema } = readRootAttributes(files);
  const read = async (path: string): Promise<Column> => {
    const array = await ArrayReader.open(files, path);
    return { dtype: array.dtype, shape: array.shape, data: await array.readRows() };
  };
  const columns = (specs: readonly FieldSpec[], pathOf: (field: string) => string) =>
    Promise.all(specs.map(async ({ name }) => [name, await read(pathOf(name))] as const));
  const [step, episode, ends] = await Promise.all([
    columns(schema.step, stepPath),
    columns(schema.episode, episodePath),
    read(episodePath(EPISODE_ENDS.name)),
  ]);
  const lengths = lengthsOf(typedData(ends.data, BigInt64Array));
  const table = { lengths, step: Object.fromEntries(step), episode: Object.fromEntries(episode) };
  return { schema, table, commit: files.commit };
}

/** `[E]` lengths of the episodes of a shard, without reading the rest. */
export async function readShardLengths(
  directory: string,
): Promise<{ readonly schema: EpisodeSchema; readonly lengths: Int32Array }> {
  const files = CommittedFiles.open(directory);
  const array = await ArrayReader.open(files, episodePath(EPISODE_ENDS.name));
  const ends = await array.readRows();
  const { schema } = readRootAttributes(files);
  return { schema, lengths: lengthsOf(typedData(ends, BigInt64Array)) };
}

/** All rows of an episode field of a shard, without reading the rest. */
export async function readShardEpisodes(directory: string, field: string): Promise<Column> {
  const files = CommittedFiles.open(directory);
  const array = await ArrayReader.open(files, episodePath(field));
  return { dtype: array.dtype, shape: array.shape, data: await array.readRows() };
}

const VERDICTS_FILE = "verdicts.json";

/** Writes what a check said of the candidates of a shard as `verdicts.json`, and commits it. */
export async function writeVerdicts(
  directory: string,
  verdicts: readonly Verdict[],
  info: Partial<CommitInfo> = {},
): Promise<Commit> {
  using writer = new PackedWriter(directory);
  const plain: JsonValue = verdicts.map(({ candidate, accepted, reason, figures }) => {
    return { candidate, accepted, reason, figures: finiteOnly(figures) };
  });
  await writer.write(VERDICTS_FILE, canonicalJson(plain) + "\n");
  return await writer.commit({ kind: "verdicts", ...info });
}

/** JSON has no NaN and no infinities, and a check of finite numbers finds just these. */
function finiteOnly(figures: Readonly<Record<string, number>>): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) =>
      [name, Number.isFinite(value) ? value : String(value)] as const
    ),
  );
}

/**
 * The verdicts of a shard, in candidate order.
 *
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 */
export function readVerdicts(directory: string): Promise<readonly Verdict[]> {
  return new Promise((resolve) => {
    const files = CommittedFiles.open(directory);
    const plain: readonly Verdict[] = JSON.parse(files.readText(VERDICTS_FILE)); // hash checked
    resolve(plain.map((verdict) => ({
      ...verdict,
      figures: Object.fromEntries(
        Object.entries(verdict.figures).map(([name, value]) => [name, Number(value)]),
      ),
    })));
  });
}
