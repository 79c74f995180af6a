import { setImmediate } from "node:timers/promises";
import type { Verdict } from "../../core/episode.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import type { QuarantinedShard } from "../../core/quarantine.ts";
import type { NamedSchema } from "./merge_schema.ts";
import type { Reject } from "../episodes/rejects.ts";
import { shardsUpTo } from "../episodes/manifest.ts";
import { readShardLengths, readVerdicts, shardDirectory } from "../episodes/shard.ts";

/** Episodes of one generate stage that go into a dataset. */
export interface MergeInput {
  /** Name by which `meta/source` calls it. */
  readonly name: string;
  /** Generate stage, absolute. */
  readonly directory: string;
  /** Last validate or filter stage after it, absolute; null if all candidates are accepted. */
  readonly verdicts: string | null;
  readonly lastShard: number;
  /** Shards up to the last that the stage goes without; none if absent. */
  readonly quarantined?: readonly QuarantinedShard[];
  /** Number of accepted candidates to take, in order. */
  readonly limit: number;
  /** Seed of the generate stage. Where every input has one, the dataset has `meta/seed`. */
  readonly seed?: number;
}

/** Accepted episodes of one shard. */
export interface ShardSelection {
  /** Index of the input. */
  readonly source: number;
  readonly shard: number;
  /** Positions within the shard, ascending. */
  readonly episodes: readonly number[];
}

/** Episodes of a dataset in order, and those that it rejects. */
export interface MergePlan {
  readonly schemas: readonly NamedSchema[];
  readonly selections: readonly ShardSelection[];
  readonly rejects: readonly Reject[];
  /** Lengths of the selected episodes, in control steps. */
  readonly lengths: readonly number[];
}

/**
 * Picks the first accepted candidates of every input, reading lengths and verdicts only.
 *
 * @throws {DamagedStoreError} If an input has fewer accepted candidates than its limit
 */
export async function planMerge(
  inputs: readonly MergeInput[],
  signal: AbortSignal | undefined,
): Promise<MergePlan> {
  const schemas: NamedSchema[] = [];
  const selections: ShardSelection[] = [];
  const rejects: Reject[] = [];
  const lengths: number[] = [];
  for (const [source, input] of inputs.entries()) {
    let accepted = 0;
    for (const shard of shardsUpTo(input.lastShard, input.quarantined ?? [])) {
      if (accepted >= input.limit) break;
      await setImmediate(); // a turn of the event loop, in which an abort arrives
      signal?.throwIfAborted();
      const stored = await readShardLengths(shardDirectory(input.directory, shard));
      if (schemas.length === source) schemas.push({ ...input, schema: stored.schema });
      const verdicts = await verdictsOf(input, shard, stored.lengths.length);
      const episodes: number[] = [];
      for (const [episode, length] of stored.lengths.entries()) {
        if (accepted === input.limit) break;
        const verdict = verdicts?.[episode];
        if (verdict === undefined || verdict.accepted) {
          episodes.push(episode);
          lengths.push(length);
          accepted++;
        } else {
          const { candidate, reason, figures } = verdict;
          rejects.push({ source: input.name, candidate, reason: reason ?? "unknown", figures });
        }
      }
      selections.push({ source, shard, episodes });
    }
    if (accepted < input.limit) throw tooFew(input, accepted);
  }
  return { schemas, selections, rejects, lengths };
}

async function verdictsOf(
  input: MergeInput,
  shard: number,
  candidates: number,
): Promise<readonly Verdict[] | null> {
  if (input.verdicts === null) return null;
  const directory = shardDirectory(input.verdicts, shard);
  const verdicts = await readVerdicts(directory);
  if (verdicts.length === candidates) return verdicts;
  throw new DamagedStoreError({
    action: "merge",
    place: directory,
    expected: `${candidates} verdicts`,
    found: verdicts.length,
    remedy: "run the stage again",
  });
}

function tooFew(input: MergeInput, accepted: number): DamagedStoreError {
  return new DamagedStoreError({
    action: "merge",
    place: input.directory,
    expected: `${input.limit} accepted episodes in shards 0 to ${input.lastShard}`,
    found: accepted,
    remedy: "run its stages again",
  });
}
