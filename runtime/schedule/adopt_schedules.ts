import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import { z } from "zod";
import { rootNames } from "../data/root_identity.ts";
import { nightlyQueue, nightlyQueues } from "../run/run_identity.ts";
import { temporalDirectory } from "../services/services.ts";

/** Schedules that a data directory had before it had an id. */

/** Returns the file of the schedules of a data directory as they were last seen. */
export function scheduleMemory(root: string): string {
  return join(temporalDirectory(root), "schedules.json");
}

const MEMORY = z.object({ schedules: z.array(z.object({ name: z.string() })) });

/** Names of the schedules that were last seen; none if nothing was, or it cannot be read. */
function rememberedNames(root: string): readonly string[] {
  try {
    return MEMORY.parse(JSON.parse(readFileSync(scheduleMemory(root), "utf8")))
      .schedules.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Splits the id of a schedule of before into its name; null if it is no such id. */
export function earlierSchedule(scheduleId: string, root: string): string | null {
  const [, ...before] = rootNames(root);
  const suffix = before.map((name) => `-${name}`).find((end) => scheduleId.endsWith(end));
  return suffix === undefined ? null : scheduleId.slice(0, -suffix.length);
}

/**
 * Lets the schedules of before start their nights on the queue of the data directory as it is named
 * now. They keep their ids, and with them their nights.
 *
 * @param own Whether the server is the data directory's own, so that all that it knows are its; on
 * another server, only those that were seen from here are
 */
export async function adoptSchedules(
  client: Client,
  root: string,
  { own }: { readonly own: boolean },
): Promise<void> {
  const [queue, ...before] = nightlyQueues(root);
  if (before.length === 0) return;
  const known = rememberedNames(root);
  for await (const { scheduleId } of client.schedule.list()) {
    const name = earlierSchedule(scheduleId, root);
    if (name === null || !(own || known.includes(name))) continue;
    const handle = client.schedule.getHandle(scheduleId);
    if (!before.includes((await handle.describe()).action.taskQueue)) continue;
    await handle.update((schedule) => ({
      ...schedule,
      action: { ...schedule.action, taskQueue: queue },
    }));
  }
}

/** Whether a schedule of before is this data directory's. */
export async function isAdopted(
  client: Client,
  root: string,
  scheduleId: string,
): Promise<boolean> {
  const { action } = await client.schedule.getHandle(scheduleId).describe();
  return action.taskQueue === nightlyQueue(root);
}
