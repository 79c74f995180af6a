import type { ShardLedger } from "./shard_ledger.ts";
import { threadActivities } from "./stage_activities.ts";
import type { ShardedStageInput } from "./types.ts";

/** Shards of one activity that looks for stored ones: about a second on a slow disk. */
const SEARCH_SIZE = 4096;

/** Activities that look at the same time. */
const SEARCHES = 16;

/** Fewer shards are not looked for: the activity of a stored one finds it at once. */
const SEARCH_FROM = 32;

/**
 * Enters the needed shards of a stage that are stored, many with one activity: otherwise each of
 * them would take an activity to find out.
 */
export async function searchStore(
  { task, queues }: ShardedStageInput,
  ledger: ShardLedger,
): Promise<void> {
  const { findShards } = threadActivities(queues, task.stage.work).named;
  for (;;) {
    const [begin, limit] = ledger.unsearched;
    if (limit - begin < SEARCH_FROM) return;
    const firsts = Array.from(
      { length: Math.min(SEARCHES, Math.ceil((limit - begin) / SEARCH_SIZE)) },
      (_, index) => begin + index * SEARCH_SIZE,
    );
    const found = await Promise.all(firsts.map(async (first) => {
      const end = Math.min(first + SEARCH_SIZE, limit);
      const summary = `stored shards from ${first + 1} to ${end}`;
      return await findShards.executeWithOptions({ summary }, [{ ...task, first, end }]);
    }));
    for (const [index, { accepted, totals }] of found.entries()) {
      ledger.addStored(firsts[index]!, accepted, totals);
    }
  }
}
