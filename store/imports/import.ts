import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { EpisodeTable } from "../../core/episode.ts";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import type { Commit } from "../files/commit.ts";
import type { ExportControl } from "../exports/exporters.ts";
import type { OpenFrames } from "../lerobot/video_frames.ts";
import { finishDataset } from "../datasets/merge.ts";
import { MergedColumns } from "../datasets/merge_columns.ts";
import { mergeSchemas } from "../datasets/merge_schema.ts";
import { splitEpisodes } from "../datasets/split.ts";
import { hasStatistics } from "../episodes/statistics.ts";
import { StoreWriter } from "../zarr/writer.ts";
import { ImportError, type ImportFault, ImportFaults } from "./fault.ts";
import { type ImportedColumn, type Importer, importerFor, type ImportPlan } from "./importer.ts";

/** Shares of the splits where the source has none: those of a merge. */
const SPLIT_FRACTIONS = { train: 0.8, validation: 0.1, test: 0.1 };

/** Tables between two turns of the event loop, of which each takes a millisecond. */
const TURN = 16;

/** Options of an import and of its check. */
export interface CheckOptions extends Pick<ExportControl, "signal" | "onProgress"> {
  /** Name of the format; found by looking at the source if absent. */
  readonly from?: string | undefined;
  /** Names of step fields that the person chose, by column. */
  readonly rename?: ReadonlyMap<string, string>;
  /** Columns that are left out. */
  readonly skip?: ReadonlySet<string>;
  /** Decodes videos; their images are left out if absent or null. */
  readonly openFrames?: OpenFrames | null;
}

export interface ImportOptions extends CheckOptions {
  /** Seed of the permutation that splits episodes if the source has no splits. */
  readonly seed: number;
}

/** Preview of an import. */
export interface ImportCheck {
  /** Name of the format; null if none was found. */
  readonly format: string | null;
  readonly columns: readonly ImportedColumn[];
  /** Columns that are not read, each with the reason. */
  readonly leftOut: readonly string[];
  readonly faults: readonly ImportFault[];
  /** Episodes and control steps that would arrive. */
  readonly episodes: number;
  readonly steps: number;
}

/** Result of an import. */
export interface ImportResult extends ImportCheck {
  readonly commit: Commit;
}

/**
 * Reads foreign data and writes it as a dataset of kind `merge`, which trainers take.
 *
 * @param source File or directory, absolute
 * @param directory Of the dataset to write; new
 * @throws {InvalidInputError} If the source is of no known format, or has a fault that stops it
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function importDataset(
  source: string,
  directory: string,
  options: ImportOptions,
): Promise<ImportResult> {
  const faults = new ImportFaults(source, { stops: true });
  const { importer, plan } = await planOf(source, options, faults);
  const name = basename(source), { lengths } = plan;
  const schema = mergeSchemas([{ name, schema: plan.schema, ...(plan.seeded ? { seed: 0 } : {}) }]);
  const splits = plan.splits ??
    splitEpisodes(lengths.length, SPLIT_FRACTIONS, createRandom(options.seed, "import/split", 0));
  using writer = new StoreWriter(directory);
  const columns = await MergedColumns.create(writer, schema, { lengths, splits });
  await readAll(plan, options, async ({ table, seeds }, first) => {
    checkNumbers(plan, { table, first }, faults);
    const origin = (episode: number) => ({ source: 0, seed: seeds?.[episode] ?? 0 });
    await columns.append(table, origin);
  });
  const commit = await finishDataset(writer, columns, {
    schema,
    lengths,
    splits,
    rejects: [],
    sources: [name],
    info: { attributes: plan.attributes },
  });
  return { ...outcomeOf(importer, plan, faults), commit };
}

/**
 * Reads foreign data as an import does and tells what would come of it. Writes nothing.
 *
 * @param source File or directory, absolute
 */
export async function checkImport(source: string, options: CheckOptions): Promise<ImportCheck> {
  const faults = new ImportFaults(source, { stops: false });
  let outcome: ImportCheck = {
    ...{ format: null, columns: [], leftOut: [], faults: [], episodes: 0, steps: 0 },
  };
  try {
    const { importer, plan } = await planOf(source, options, faults);
    outcome = outcomeOf(importer, plan, faults);
    await readAll(plan, options, ({ table }, first) => {
      checkNumbers(plan, { table, first }, faults);
      return Promise.resolve();
    });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    faults.report(
      error instanceof ImportError
        ? error.fault
        : { code: "unreadable", severity: "error", place: "the source", message: messageOf(error) },
    );
  }
  return { ...outcome, faults: faults.list() };
}

async function planOf(
  source: string,
  { from, rename = new Map(), skip = new Set(), openFrames = null, signal }: CheckOptions,
  faults: ImportFaults,
): Promise<{ readonly importer: Importer; readonly plan: ImportPlan }> {
  const importer = await importerFor(source, from);
  const plan = await importer.plan({ source, rename, skip, openFrames, faults, signal });
  for (const column of skip) {
    if (plan.leftOut.some((text) => text.startsWith(`${column} (`))) continue;
    faults.report({
      code: "unknown_column",
      severity: "error",
      place: `--skip ${column}`,
      message: "expected a column of the source, found none of that name: check the name",
    });
  }
  if (plan.lengths.length === 0) {
    faults.report({
      code: "no_episodes",
      severity: "error",
      place: "the whole dataset",
      message: "expected episodes, found none: name a dataset with episodes",
    });
  }
  return { importer, plan };
}

type ReadEpisodes = ImportPlan["read"] extends () => AsyncIterable<infer Episodes> ? Episodes
  : never;

/** @param use What is done with some episodes; `first` is the index of the first of them */
async function readAll(
  plan: ImportPlan,
  { signal, onProgress }: CheckOptions,
  use: (read: ReadEpisodes, first: number) => Promise<void>,
): Promise<void> {
  let episodes = 0, tables = 0;
  for await (const read of plan.read()) {
    if (tables++ % TURN === 0) await setTimeout(0); // a turn of the event loop: an abort may come
    signal?.throwIfAborted();
    await use(read, episodes);
    episodes += read.table.lengths.length;
    onProgress?.({ episodes, total: plan.lengths.length });
  }
}

/** Reports numbers that are not finite, once for each episode and column. */
function checkNumbers(
  { schema, columns }: ImportPlan,
  { table, first }: { readonly table: EpisodeTable; readonly first: number },
  faults: ImportFaults,
): void {
  for (const spec of schema.step) {
    const column = table.step[spec.name];
    const data = column?.data;
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const size = data.length / Math.max(1, table.lengths.reduce((sum, n) => sum + n, 0));
    const name = columns.find(({ field }) => field === spec.name)?.column ?? spec.name;
    let row = 0;
    for (const [episode, length] of table.lengths.entries()) {
      const rows = data.subarray(row * size, (row + length) * size);
      row += length;
      const at = rows.findIndex((value) => !Number.isFinite(value));
      if (at < 0) continue;
      let more = 0;
      for (const value of rows.subarray(at + 1)) if (!Number.isFinite(value)) more++;
      faults.report({
        code: "not_finite",
        // Depth images say so where nothing is in sight; whatever has statistics must be finite.
        severity: hasStatistics(spec) ? "error" : "warning",
        place: `episode ${first + episode}, step ${Math.floor(at / size)}, column "${name}"`,
        message: `expected finite numbers, found ${rows[at]}${
          more > 0 ? ` and ${more} more in the episode` : ""
        }: repair the episode, or skip the column with --skip`,
      });
    }
  }
}

function outcomeOf(importer: Importer, plan: ImportPlan, faults: ImportFaults): ImportCheck {
  return {
    format: importer.name,
    columns: plan.columns,
    leftOut: plan.leftOut,
    faults: faults.list(),
    episodes: plan.lengths.length,
    steps: plan.lengths.reduce((sum, length) => sum + length, 0),
  };
}
