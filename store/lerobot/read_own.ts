import * as fs from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type EpisodeSchema, rowSize } from "../../core/episode.ts";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { ImportFaults } from "../imports/fault.ts";
import { faultOfNames } from "../imports/names.ts";
import { readEpisodeRows } from "./episode_reader.ts";
import { type Feature, featuresOf, INDEX_FEATURES } from "./features.ts";
import { type PlanOptions, planOwnImport } from "./import_plan.ts";
import { digestRows, EPISODES_FILE, ROWS_DIGEST, SCHEMA_FILE } from "./own_metadata.ts";
import { type ParquetRecord, ParquetSource } from "./parquet_read.ts";
import type { LeRobotEpisode } from "./read_episodes.ts";
import type { LeRobotInfo } from "./read_info.ts";
import { regularFileSize } from "./regular_file.ts";
import { holdsImages } from "./statistics.ts";

/**
 * Reads the files that an export of Sluice left beside LeRobot's, as far as they still fit them.
 */

/** Part of these files that still holds. */
export interface OwnMetadataRead {
  readonly schema: EpisodeSchema;
  /** Data that each episode has once; null if rows were changed since the export. */
  readonly episodes: OwnEpisodes | null;
}

export interface OwnEpisodes {
  readonly splits: Uint8Array;
  readonly file: string;
}

export interface OwnOptions extends Omit<PlanOptions, "videos" | "rename" | "skip"> {
  readonly info: LeRobotInfo;
  readonly episodes: readonly LeRobotEpisode[];
  /** Files of `data`, in order. */
  readonly files: readonly string[];
}

const FIELD = z.object({
  name: z.string(),
  dtype: z.enum(["float32", "float64", "int32", "int64", "uint8", "bool"]),
  shape: z.array(z.int().nonnegative()).max(8),
  description: z.string(),
  unit: z.string().optional(),
  resolution: z.number().positive().optional(),
  components: z.array(z.string()).optional(),
  low: z.array(z.number()).optional(),
  high: z.array(z.number()).optional(),
});

const SCHEMA = z.object({
  environment: z.string().min(1),
  options: z.record(z.string(), z.union([z.string(), z.boolean()])).optional(),
  controlHz: z.number().positive(),
  step: z.array(FIELD),
  episode: z.array(FIELD),
});

/** Bytes of the schema that are read at most: a field takes some hundred. */
const MAX_SCHEMA_BYTES = 2 ** 20;

/**
 * Reads what an export of Sluice left. It is believed where it fits the rows; where it does not, that is
 * a warning.
 *
 * @returns Null if there is none, or where the columns are no longer those of the export
 */
export async function readOwn(
  source: string,
  options: OwnOptions,
): Promise<OwnMetadataRead | null> {
  const isThere = (file: string) => regularFileSize(join(source, file)) !== null;
  if (![EPISODES_FILE, SCHEMA_FILE].every(isThere)) return null;
  const warn = (expected: string, found: string, consequence: string) =>
    options.faults.report({
      code: "own_metadata_stale",
      severity: "warning",
      place: '"meta/sluice"',
      message: `expected ${expected}, found ${found}: ${consequence}`,
    });
  const schema = readSchema(source, options.info);
  if (typeof schema === "string") {
    warn("what the export wrote", schema, "it is left aside, and the columns are read as they are");
    return null;
  }
  const changed = await changedEpisodes(source, schema, options);
  if (changed === null) {
    const splits = await readColumn(join(source, EPISODES_FILE), "split");
    const file = join(source, EPISODES_FILE);
    return { schema, episodes: { splits: Uint8Array.from(splits, Number), file } };
  }
  const consequence = "start states, splits and the like are left aside, and returns computed anew";
  warn("the rows that were exported", changed, consequence);
  return { schema, episodes: null };
}

/** The schema, or why it is not believed. */
function readSchema(source: string, { features }: LeRobotInfo): EpisodeSchema | string {
  let content: unknown;
  try {
    const size = regularFileSize(join(source, SCHEMA_FILE)) ?? 0;
    if (size > MAX_SCHEMA_BYTES) return `${SCHEMA_FILE} of ${size} bytes`;
    content = JSON.parse(fs.readFileSync(join(source, SCHEMA_FILE), "utf8"));
  } catch (error) {
    return messageOf(error);
  }
  const parsed = SCHEMA.safeParse(content);
  if (!parsed.success) return `in ${SCHEMA_FILE} ${z.prettifyError(parsed.error)}`;
  const schema = parsed.data as EpisodeSchema; // optional parts are absent where JSON has none
  const fault = faultOfNames(schema.step.map(({ name }) => name)) ??
    faultOfNames(schema.episode.map(({ name }) => name));
  if (fault !== null) return fault;
  const expected = new Map(featuresOf(schema, () => "image").map((f) => [f.name, f]));
  for (const feature of expected.values()) {
    if (!isSame(feature, features[feature.name])) return `another column "${feature.name}"`;
  }
  const more = Object.keys(features).find((name) => !expected.has(name));
  return more === undefined ? schema : `column "${more}" besides`;
}

function isSame(
  feature: Feature,
  found: LeRobotInfo["features"][string] | undefined,
): boolean {
  const isIndex = INDEX_FEATURES.some(({ name }) => name === feature.name);
  if (found === undefined || isIndex) return isIndex;
  const sameType = holdsImages(feature)
    ? ["image", "video"].includes(found.dtype)
    : feature.dtype === found.dtype;
  return sameType && `${feature.shape}` === `${found.shape}`;
}

/** Describes how rows differ from the exported ones, or returns null if they do not. */
async function changedEpisodes(
  source: string,
  schema: EpisodeSchema,
  options: OwnOptions,
): Promise<string | null> {
  const { episodes, tasks, files, info } = options;
  const quiet = new ImportFaults(source, { stops: true });
  const plan = planOwnImport(info, schema, {
    ...options,
    ...{ videos: true, rename: new Map(), skip: new Set(), faults: quiet },
  });
  const columns = plan.columns.filter(({ images }) => images === null);
  try {
    using kept = await ParquetSource.open(join(source, EPISODES_FILE));
    const missing = ["split", ...schema.episode.map(({ name }) => name)]
      .find((name) => !kept.columns.includes(name));
    if (missing !== undefined) return `no column "${missing}" in ${EPISODES_FILE}`;
    if (kept.rows !== episodes.length) return `${episodes.length} episodes of ${kept.rows}`;
    if ([...tasks.places].some(([index, place]) => index !== place)) return "other tasks";
    const compared = [ROWS_DIGEST, "length", "return"].filter((name) =>
      kept.columns.includes(name)
    );
    const records = recordsOf(kept, compared);
    const rows = readEpisodeRows(files, episodes, {
      ...{ source, columns, tasks: tasks.places, cameras: new Map(), faults: quiet },
    });
    let changed = 0, first = -1;
    for await (const row of rows) {
      const { value: record = {} } = await records.next();
      if (isUnchanged(record, { ...row, schema })) continue;
      if (changed++ === 0) first = row.episode["candidate"]!;
    }
    if (changed === 0) return null;
    return `others in ${changed} of ${episodes.length} episodes, first in episode ${first}`;
  } catch (error) {
    if (error instanceof InvalidInputError) return messageOf(error);
    throw error;
  }
}

/** Whether the rows of an episode are those that its record was made of. */
function isUnchanged(
  record: ParquetRecord,
  { schema, length, step, episode }: {
    readonly schema: EpisodeSchema;
    readonly length: number;
    readonly step: Parameters<typeof digestRows>[1]["step"];
    readonly episode: Readonly<Record<string, number>>;
  },
): boolean {
  const digest = record[ROWS_DIGEST];
  if (digest !== undefined) {
    return digest === digestRows(schema, { lengths: Int32Array.of(length), step })[0];
  }
  // An export of before there were digests: what can be recomputed must agree.
  const returned = Number(record["return"] ?? episode["return"]);
  return Number(record["length"] ?? length) === length &&
    // Rewards of rows may be of 32 bits, returns were summed in 64.
    Math.abs(returned - episode["return"]!) <= 1e-6 * (1 + Math.abs(returned) + length);
}

async function readColumn(file: string, name: string): Promise<readonly unknown[]> {
  using parquet = await ParquetSource.open(file);
  const values: unknown[] = [];
  for await (const rows of parquet.read([name])) values.push(...rows.map((row) => row[name]));
  return values;
}

/** Records of a file, one after another. */
export async function* recordsOf(
  file: ParquetSource,
  columns: readonly string[],
): AsyncGenerator<ParquetRecord, undefined> {
  for await (const records of file.read(columns)) yield* records;
}

/** Bytes that an episode takes in memory. */
export function episodeBytes({ step }: EpisodeSchema, length: number): number {
  return length * step.reduce((sum, { shape }) => sum + 8 * rowSize(shape), 0);
}
