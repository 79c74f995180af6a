import { setImmediate } from "node:timers/promises";
import type { Verdict } from "../../core/episode.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import type { QuarantinedShard } from "../../core/quarantine.ts";
import type { NamedSchema } from "./merge_schema.ts";
import type { Reject } from "../episodes/rejects.ts";
import { shardsUpTo } from "../episodes/manifest.ts";
import { readShardLengths, shardDirectory } from "../episodes/shard.ts";
import { inOrder } from "./in_order.ts";
import type { MergeHands } from "./merge_hands.ts";
import type { CheckedShard, ShardLook } from "./shard_look.ts";

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
  { look, looks, ahead }: Pick<MergeHands, "look" | "looks" | "ahead">,
  signal: AbortSignal | undefined,
): Promise<MergePlan> {
  const schemas: NamedSchema[] = [];
  const selections: ShardSelection[] = [];
  const rejects: Reject[] = [];
  const lengths: number[] = [];
  for (const [source, input] of inputs.entries()) {
    const [first = [], ...others] = groupsOf(input, looks);
    if (first.length === 0) throw tooFew(input, 0);
    const { schema } = await readShardLengths(shardDirectory(input.directory, first[0]!));
    schemas.push({ ...input, schema });
    let missing = input.limit;
    const checked = (shards: readonly number[]) => look(shards.map((i) => checkedShard(input, i)));
    for await (const { item, result } of inOrder([first, ...others], checked, { most: ahead })) {
      await setImmediate(); // a turn of the event loop, in which an abort arrives
      signal?.throwIfAborted();
      for (const [i, found] of result.entries()) {
        if (missing === 0) break;
        const { episodes, refused } = firstAccepted(found, missing);
        missing -= episodes.length;
        selections.push({ source, shard: item[i]!, episodes });
        for (const episode of episodes) lengths.push(found.lengths[episode]!);
        for (const { candidate, reason, figures } of refused) {
          rejects.push({ source: input.name, candidate, reason: reason ?? "unknown", figures });
        }
      }
      if (missing === 0) break;
    }
    if (missing > 0) throw tooFew(input, input.limit - missing);
  }
  return { schemas, selections, rejects, lengths };
}

/** Shards of an input, in groups that are looked at together. */
function groupsOf(
  { lastShard, quarantined = [] }: MergeInput,
  looks: number,
): readonly (readonly number[])[] {
  const shards = shardsUpTo(lastShard, quarantined);
  return Array.from(
    { length: Math.ceil(shards.length / looks) },
    (_, i) => shards.slice(i * looks, (i + 1) * looks),
  );
}

function checkedShard({ directory, verdicts }: MergeInput, shard: number): CheckedShard {
  return {
    directory: shardDirectory(directory, shard),
    verdicts: verdicts === null ? null : shardDirectory(verdicts, shard),
  };
}

/** The first accepted candidates of a shard, at most so many, and those refused before them. */
function firstAccepted(
  { lengths, verdicts }: ShardLook,
  most: number,
): { readonly episodes: readonly number[]; readonly refused: readonly Verdict[] } {
  const episodes: number[] = [], refused: Verdict[] = [];
  for (let episode = 0; episode < lengths.length && episodes.length < most; episode++) {
    const verdict = verdicts?.[episode];
    if (verdict === undefined || verdict.accepted) episodes.push(episode);
    else refused.push(verdict);
  }
  return { episodes, refused };
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
