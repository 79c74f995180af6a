import { readFileSync } from "node:fs";
import { writeFileAtomically } from "../../store/mod.ts";
import { type Schedules, withSchedules } from "../../runtime/schedule/schedule_client.ts";
import { type ScheduleView, viewSchedule } from "../render/schedule_view.ts";
import { scheduleMemory } from "../../runtime/schedule/adopt_schedules.ts";
import { environmentVariables } from "./places.ts";

/**
 * Schedules of a data directory as they were last seen. They are stored in the server's database; a
 * list of them is answered from here while no server runs.
 */
export interface RememberedSchedules {
  /** When they were seen, ISO 8601. */
  readonly seen: string;
  readonly schedules: readonly ScheduleView[];
}

/** Every schedule of a data directory as the server knows it now, which is remembered. */
export async function viewSchedules(
  root: string,
  schedules: Schedules,
): Promise<readonly ScheduleView[]> {
  const names = await schedules.names();
  const views = await Promise.all(names.map((name) => viewSchedule(root, schedules, name)));
  const seen = Temporal.Now.instant().toString({ smallestUnit: "second" });
  const remembered: RememberedSchedules = { seen, schedules: views };
  await writeFileAtomically(scheduleMemory(root), JSON.stringify(remembered) + "\n");
  return views;
}

/** Remembers the schedules as they stand, for the time without a server; one that is away tells nothing. */
export async function rememberSchedules(root: string): Promise<void> {
  try {
    await withSchedules(root, (schedules) => viewSchedules(root, schedules), {
      environment: environmentVariables(),
      never: () => [],
      absent: () => Promise.resolve([]),
    });
  } catch {
    // What was seen before stands, with its time.
  }
}

/** Returns what was seen last; null if nothing was, or it cannot be read. */
export function recallSchedules(root: string): RememberedSchedules | null {
  try {
    return JSON.parse(readFileSync(scheduleMemory(root), "utf8"));
  } catch {
    return null; // the server's database is what counts
  }
}
