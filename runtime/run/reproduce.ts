import { join } from "node:path";
import { shardedOperation } from "../../activities/stages/stage_operations.ts";
import { readOpenedRun } from "../../activities/run.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { findKind } from "../../pipelines/mod.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { readCommit, readQuarantined, shardDirectory, shardsUpTo } from "../../store/mod.ts";

/** A shard that was simulated again. */
export interface ReproducedShard {
  readonly stage: string;
  readonly shard: number;
  readonly expected: string;
  readonly found: string;
}

/**
 * Simulates a sample of a run's shards again, in a temporary directory, and gives both digests of
 * each. Equal digests are equal bytes.
 *
 * @param root Absolute path of the data root
 * @param directory Of the run, relative to the root
 * @param count Shards to take, evenly spaced over those of every generate stage
 * @throws {InvalidInputError} If the run has no committed generate stage
 */
export async function reproduceShards(
  root: string,
  directory: string,
  { count, signal, onShard }: {
    readonly count: number;
    readonly signal: AbortSignal;
    readonly onShard: (shard: ReproducedShard) => void;
  },
): Promise<void> {
  const { plan } = await readOpenedRun(root, directory);
  const stored: { readonly stage: StagePlan; readonly shards: readonly number[] }[] = [];
  for (const stage of plan.stages) {
    // Of what a program has computed, other bytes say nothing.
    if (findKind(stage.kind)?.chain?.place !== "head" || stage.exact === false) continue;
    const commit = await readCommit(join(root, stage.commit));
    if (commit === null) continue;
    const quarantined = readQuarantined(join(root, stage.commit), commit);
    const last = (commit.counts["shards"] ?? 0) + quarantined.length - 1;
    stored.push({ stage, shards: shardsUpTo(last, quarantined) });
  }
  if (stored.length === 0) {
    throw new InvalidInputError({
      action: "reproduce",
      place: directory,
      expected: "a run with a committed generate stage",
      found: "none",
      remedy: "choose another run",
    });
  }
  const scratch = await Deno.makeTempDir({ prefix: "sluice-reproduce-" });
  try {
    for (const { stage, shards } of stored) {
      for (const at of spread(shards.length, Math.min(shards.length, count))) {
        signal.throwIfAborted();
        const shard = shards[at]!; // spread() gives places in the list
        onShard(await reproduceShard({ root, directory, scratch, stage, shard, signal }));
      }
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

interface Reproduction {
  readonly root: string;
  readonly directory: string;
  readonly scratch: string;
  readonly stage: StagePlan;
  readonly shard: number;
  readonly signal: AbortSignal;
}

async function reproduceShard(
  { root, directory, scratch, stage, shard, signal }: Reproduction,
): Promise<ReproducedShard> {
  const task = {
    directory,
    base: "",
    stage,
    inputs: [],
    inputStages: [],
    owner: "verify",
    build: "",
    shard,
  };
  await shardedOperation(stage.kind).shard(task, {
    root: scratch,
    now: () => new Date(),
    signal,
    onProgress: () => {},
  });
  const [expected, found] = await Promise.all(
    [root, scratch].map((base) => readCommit(shardDirectory(join(base, stage.directory), shard))),
  );
  return {
    stage: stage.name,
    shard,
    expected: expected?.digest ?? "nothing",
    found: found?.digest ?? "nothing",
  };
}

/** `count` of the numbers 0 … length − 1, evenly spaced, the first and the last among them. */
export function spread(length: number, count: number): readonly number[] {
  if (count <= 1) return length === 0 ? [] : [0];
  return Array.from({ length: count }, (_, i) => Math.round(i * (length - 1) / (count - 1)));
}
