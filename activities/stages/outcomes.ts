import { rowSize } from "../../core/episode.ts";
import { canonicalJson, sha256Hex } from "../../core/canonical.ts";
import { type Condition, CONDITIONS } from "../../pipelines/conditions.ts";
import { environmentOf, viewEpisodes } from "../../sim/mod.ts";
import {
  type Commit,
  readCommit,
  readShard,
  readShardEpisodes,
  readShardLengths,
  shardDirectory,
} from "../../store/mod.ts";

/** Reads the outcomes of the episodes of a stored evaluation, one by one. */

/** The values of a metric. */
export interface MetricValues {
  /** Values of the episodes, in the order of their starts; one if only that of all is known. */
  readonly values: readonly number[];
  /** Whether they are successes, 0 or 1. */
  readonly binary: boolean;
}

/** A stored evaluation, or another stage with metrics. */
export interface Outcomes {
  /** Names under which {@linkcode readValues} finds something. */
  readonly metrics: readonly string[];
  /** Environment and options that its episodes ran in; null where it has no episodes. */
  readonly environment: string | null;
  /** Name of that environment. */
  readonly environmentName: string | null;
  /** Identity of each episode's start; empty if there are no episodes. */
  readonly starts: readonly string[];
  /** The values of a metric, null where there is none of that name. */
  readValues(metric: string): Promise<MetricValues | null>;
}

/** Columns of an episode that are the same for whatever policy meets it. */
const START = /^(?:start_state|randomization\/.*)$/;

/**
 * Opens a stored stage.
 *
 * @param directory Absolute, of its commit
 * @throws {DamagedStoreError} If it is not committed
 */
export async function openOutcomes(directory: string): Promise<Outcomes> {
  const commit = await readCommit(directory);
  if (commit === null) throw new Error(`Cannot compare "${directory}": it is not committed`);
  const figures = { ...commit.counts, ...numbersIn(commit) };
  const overall = (metric: string) =>
    Object.hasOwn(figures, metric) ? { values: [figures[metric]!], binary: false } : null;
  if (commit.counts["episodes"] === undefined || commit.counts["successes"] === undefined) {
    const readValues = (metric: string) => Promise.resolve(overall(metric));
    return {
      metrics: Object.keys(figures),
      environment: null,
      environmentName: null,
      starts: [],
      readValues,
    };
  }
  const shards = shardsByCondition(directory, commit);
  const plain = shards.get("plain")!;
  const { schema } = await readShardLengths(plain[0]!);
  const own = environmentOf(schema).metrics;
  const measured = own === undefined ? [] : await measuresOf(plain[0]!);
  return {
    metrics: [...new Set([...Object.keys(figures), ...measured])],
    environment: canonicalJson([schema.environment, schema.options ?? {}]),
    environmentName: schema.environment,
    starts: await startsOf(
      plain,
      schema.episode.map(({ name }) => name).filter((n) => START.test(n)),
    ),
    async readValues(metric) {
      return await successesOf(metric, shards) ?? await returnsOf(metric, plain) ??
        await measureOf(metric, measured, plain) ?? overall(metric);
    },
  };
}

function numbersIn({ metrics }: Commit): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) =>
      typeof value === "number" ? [[name, value] as const] : []
    ),
  );
}

/** Directories of the shards of each condition that the evaluation has, the plain one first. */
function shardsByCondition(
  directory: string,
  { counts }: Commit,
): ReadonlyMap<Condition, readonly string[]> {
  const conditions = CONDITIONS.filter((condition) =>
    condition === "plain" || counts[`${condition}_episodes`] !== undefined
  );
  const size = counts["shards"]!; // an evaluation has them: those of one condition
  return new Map(conditions.map((condition, at) => [
    condition,
    Array.from({ length: size }, (_, shard) => shardDirectory(directory, at * size + shard)),
  ]));
}

/** Computes the identity of each episode's start from the bytes of its columns. */
async function startsOf(shards: readonly string[], columns: readonly string[]): Promise<string[]> {
  const starts: string[] = [];
  for (const shard of shards) {
    const read = await Promise.all(columns.map((name) => readShardEpisodes(shard, name)));
    const { lengths } = await readShardLengths(shard);
    for (let episode = 0; episode < lengths.length; episode++) {
      const rows = read.map(({ shape, data }) => {
        const size = rowSize(shape.slice(1));
        return Array.from(data.subarray(episode * size, (episode + 1) * size), Number);
      });
      starts.push(sha256Hex(canonicalJson(rows)));
    }
  }
  return starts;
}

async function successesOf(
  metric: string,
  shards: ReadonlyMap<Condition, readonly string[]>,
): Promise<MetricValues | null> {
  const condition = metric === "success_rate"
    ? "plain"
    : CONDITIONS.find((condition) => metric === `success_rate_${condition}`);
  const own = condition === undefined ? undefined : shards.get(condition);
  if (own === undefined) return null;
  return { values: await readEpisodes(own, "success"), binary: true };
}

async function returnsOf(metric: string, plain: readonly string[]): Promise<MetricValues | null> {
  if (metric === "mean_reward") {
    return { values: await readEpisodes(plain, "return"), binary: false };
  }
  if (metric !== "mean_episode_length") return null;
  const lengths = await Promise.all(plain.map(readShardLengths));
  return { values: lengths.flatMap(({ lengths }) => Array.from(lengths)), binary: false };
}

async function readEpisodes(shards: readonly string[], field: string): Promise<number[]> {
  const columns = await Promise.all(shards.map((shard) => readShardEpisodes(shard, field)));
  return columns.flatMap(({ data }) => Array.from(data, Number));
}

/** Names of what the environment measures of an episode. */
async function measuresOf(shard: string): Promise<readonly string[]> {
  const { schema, table } = await readShard(shard);
  const [first] = viewEpisodes(table);
  const { metrics } = environmentOf(schema);
  return first === undefined ? [] : Object.keys(metrics?.measure(first).values ?? {});
}

/** Reads the environment's measurement of each episode, by its own name or that of its mean. */
async function measureOf(
  metric: string,
  measured: readonly string[],
  shards: readonly string[],
): Promise<MetricValues | null> {
  const name = measured.find((name) => metric === name || metric === `mean_${name}`);
  if (name === undefined) return null;
  const values: number[] = [];
  for (const shard of shards) {
    const { schema, table } = await readShard(shard), { metrics } = environmentOf(schema);
    for (const episode of viewEpisodes(table)) values.push(metrics!.measure(episode).values[name]!);
  }
  return { values, binary: false };
}
