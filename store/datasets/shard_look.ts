import type { Verdict } from "../../core/episode.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { readShardLengths, readVerdicts } from "../episodes/shard.ts";

/** A shard and the verdicts on its candidates, by their directories. */
export interface CheckedShard {
  readonly directory: string;
  /** Null where all candidates are accepted. */
  readonly verdicts: string | null;
}

/** What a merge must know of a shard before it reads it. */
export interface ShardLook {
  /** Lengths of all candidates (control steps). */
  readonly lengths: readonly number[];
  /** Null where all candidates are accepted. */
  readonly verdicts: readonly Verdict[] | null;
}

/** Reads lengths and verdicts of shards, and not the rest. @throws {DamagedStoreError} If they are damaged */
export async function lookAt(shards: readonly CheckedShard[]): Promise<readonly ShardLook[]> {
  const looks: ShardLook[] = [];
  for (const { directory, verdicts } of shards) {
    const lengths = [...(await readShardLengths(directory)).lengths];
    looks.push({ lengths, verdicts: await verdictsOf(verdicts, lengths.length) });
  }
  return looks;
}

async function verdictsOf(
  directory: string | null,
  candidates: number,
): Promise<readonly Verdict[] | null> {
  if (directory === null) return null;
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
