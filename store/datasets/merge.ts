import { setImmediate } from "node:timers/promises";
import type { JsonValue } from "../../core/canonical.ts";
import {
  type EpisodeSchema,
  type FieldStatistics,
  type Split,
  SPLITS,
} from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import { writeGroup } from "../zarr/groups.ts";
import type { Commit, CommitInfo } from "../files/commit.ts";
import { schemaAttributes } from "../episodes/layout.ts";
import { type ChunkSize, MergedColumns } from "./merge_columns.ts";
import { inOrder } from "./in_order.ts";
import {
  batchesOf,
  countBytes,
  countShards,
  LARGE_MERGE,
  type MergeSize,
} from "./merge_batches.ts";
import { ALONE } from "./merge_hands.ts";
import { type MergeInput, type MergePlan, planMerge } from "./merge_plan.ts";
import { mergeSchemas } from "./merge_schema.ts";
import { MergeTeam } from "./merge_team.ts";
import { type Reject, writeRejects } from "../episodes/rejects.ts";
import { splitEpisodes, type SplitFractions } from "./split.ts";
import { type FileWriter, StoreWriter } from "../zarr/writer.ts";

export interface MergeProgress {
  readonly episodes: number;
  readonly total: number;
}

export interface MergeOptions extends Partial<CommitInfo> {
  /** Seed of the permutation that splits episodes. */
  readonly seed: number;
  readonly stream: string;
  /** Fractions that add up to 1, or the split of each input as a whole. */
  readonly split: SplitFractions | readonly Split[];
  /** Size of chunks; {@linkcode DEFAULT_CHUNK} if absent. */
  readonly chunk?: ChunkSize;
  /** Threads that may read and write at the same time; 1 if absent. Their number changes no byte. */
  readonly threads?: number;
  /** Size from which threads are worth their start; {@linkcode LARGE_MERGE} if absent. */
  readonly largeFrom?: MergeSize;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MergeProgress) => void;
}

/** Size of what is read ahead (bytes). */
const AHEAD_BYTES = 2 ** 25;

/**
 * Writes the accepted episodes of some stages as one dataset, and commits it as kind `merge`. The
 * same inputs give the same bytes; a merge that was cut short begins again. Columns are streamed, so
 * memory holds some shards and one chunk per column, and some numbers per episode.
 *
 * `counts`: total_episodes, total_steps, rejects, train, validation, test;
 * `metrics`: mean_episode_length, mean_reward (mean of episode returns), success_rate, file_size_mb.
 *
 * @throws {InvalidInputError} If inputs have different schemas, naming the first difference
 * @throws {DamagedStoreError} If a shard is damaged or holds too few accepted episodes
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function mergeDatasets(
  directory: string,
  inputs: readonly MergeInput[],
  options: MergeOptions,
): Promise<Commit> {
  const { seed, stream, split, chunk, threads = 1, signal, onProgress, ...others } = options;
  const { largeFrom = LARGE_MERGE, ...info } = others;
  using writer = new StoreWriter(directory);
  await using team = new MergeTeam(writer, threads);
  const handsFor = (isMuch: boolean) => threads > 1 && isMuch ? team : ALONE;
  const isLong = countShards(inputs) >= largeFrom.shards;
  const plan = await planMerge(inputs, handsFor(isLong), signal);
  const schema = mergeSchemas(plan.schemas), splits = splitsOf(plan, { seed, stream, split });
  const batches = batchesOf(plan, inputs, schema);
  const { read, chunks, ahead } = handsFor(isLong || countBytes(batches) >= largeFrom.bytes);
  const columns = await MergedColumns.create(writer, schema, { ...plan, splits, chunk, chunks });
  let episodes = 0;
  const tables = inOrder(batches, ({ shards }) => read(shards), {
    most: ahead,
    weigh: ({ bytes }) => bytes,
    mostWeight: AHEAD_BYTES,
  });
  for await (const { item: { source }, result: table } of tables) {
    const origin = { source, seed: inputs[source]!.seed ?? 0 };
    await columns.append(table, () => origin);
    episodes += table.lengths.length;
    onProgress?.({ episodes, total: plan.lengths.length });
    await setImmediate(); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
  }
  const sources = inputs.map(({ name }) => name);
  const { lengths, rejects } = plan;
  return await finishDataset(writer, columns, { schema, lengths, splits, rejects, sources, info });
}

/** `[episodes]` indices into `SPLITS`. */
function splitsOf(
  { selections, lengths }: MergePlan,
  { seed, stream, split }: Pick<MergeOptions, "seed" | "stream" | "split">,
): Uint8Array {
  if (!isByInput(split)) {
    return splitEpisodes(lengths.length, split, createRandom(seed, `${stream}/split`, 0));
  }
  return Uint8Array.from(
    selections.flatMap(({ source, episodes }) =>
      episodes.map(() => SPLITS.indexOf(split[source]!))
    ),
  );
}

function isByInput(split: MergeOptions["split"]): split is readonly Split[] {
  return Array.isArray(split);
}

/** Outline of a dataset, without its columns. */
export interface DatasetOutline {
  /** Schema of its episodes; the fields that a merge adds are optional. */
  readonly schema: EpisodeSchema;
  /** Lengths of all episodes (control steps). */
  readonly lengths: readonly number[];
  /** `[episodes]` indices into `SPLITS`. */
  readonly splits: Uint8Array;
  /** Candidates that were refused on the way; none if absent. */
  readonly rejects?: readonly Reject[];
  /** Names that `meta/source` and rejects refer to. */
  readonly sources: readonly string[];
  /** Further attributes of the root group. */
  readonly attributes?: CommitInfo["attributes"] | undefined;
}

/** @throws {InvalidInputError} If a field has no statistics, because a number is not finite */
function requireFinite(statistics: Readonly<Record<string, FieldStatistics>>): void {
  for (const [field, { mean }] of Object.entries(statistics)) {
    const found = mean.find((value) => !Number.isFinite(value));
    if (found === undefined) continue;
    throw new InvalidInputError({
      action: "write the dataset",
      expected: `finite numbers in "${field}"`,
      found: `${found} as their mean`,
      remedy: "leave out the episodes that hold them, by a stage of kind validate",
    });
  }
}

/** Writes what comes after the columns, and commits the dataset as that of a merge. */
export async function finishDataset(
  writer: FileWriter,
  columns: MergedColumns,
  { info, ...outline }: DatasetOutline & { readonly info: Partial<CommitInfo> },
): Promise<Commit> {
  const { counts, metrics } = await describeDataset(writer, columns, {
    ...outline,
    attributes: info.attributes,
  });
  return await writer.commit({
    kind: "merge",
    ...info,
    counts: { ...counts, ...info.counts },
    metrics: { ...metrics, ...info.metrics },
  });
}

/**
 * Writes what comes after the columns: rejects and the attributes of the root group.
 *
 * @returns What the commit of a dataset says of it
 */
export async function describeDataset(
  writer: FileWriter,
  columns: MergedColumns,
  { schema, lengths, splits, rejects = [], sources, attributes = {} }: DatasetOutline,
): Promise<Required<Pick<CommitInfo, "counts" | "metrics">>> {
  const { statistics, meanReturn, successRate } = await columns.finish();
  requireFinite(statistics);
  await writeRejects(writer, rejects, sources);
  await writeGroup(writer, "", {
    ...schemaAttributes(schema),
    statistics: statistics as unknown as JsonValue, // records of lists of numbers
    statistics_split: SPLITS[0],
    splits: SPLITS,
    sources,
    ...attributes,
  });
  const total = lengths.length;
  const steps = lengths.reduce((sum, length) => sum + length, 0);
  return {
    counts: {
      total_episodes: total,
      total_steps: steps,
      rejects: rejects.length,
      ...Object.fromEntries(SPLITS.map((name, i) => [name, splits.filter((s) => s === i).length])),
    },
    metrics: {
      mean_episode_length: total === 0 ? 0 : steps / total,
      mean_reward: meanReturn,
      success_rate: successRate,
      file_size_mb: writer.bytes / 1e6,
    },
  };
}
