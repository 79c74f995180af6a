import type { ImportFaults } from "../imports/fault.ts";
import { EpisodeCursor } from "./episode_cursor.ts";
import { ParquetSource } from "./parquet_read.ts";
import type { LeRobotEpisode } from "./read_episodes.ts";

/** Facts about tasks in the rows, which are found before the fields are decided. */
export interface RowScan {
  /** Whether the task changes within an episode. */
  readonly hasStepTasks: boolean;
}

export interface ScanOptions {
  /** Directory of the dataset. */
  readonly source: string;
  /** Place of each index of the source among the tasks. */
  readonly tasks: ReadonlyMap<number, number>;
  readonly faults: ImportFaults;
}

/**
 * Reads the columns that say to which episode, step and task each row belongs.
 *
 * @param files Of `data`, in order
 * @throws {ImportError} If the rows are not those of the episodes, one episode after another
 */
export async function scanRows(
  files: readonly string[],
  episodes: readonly LeRobotEpisode[],
  { source: directory, tasks, faults }: ScanOptions,
): Promise<RowScan> {
  const cursor = new EpisodeCursor(directory, episodes, faults);
  const unknown = new Set<number>(), outOfOrder = new Set<number>();
  let first = 0, hasStepTasks = false;
  for (const path of files) {
    using source = await ParquetSource.open(path);
    const wanted = ["episode_index", "frame_index", "task_index"];
    const columns = wanted.filter((name, i) => i === 0 || source.columns.includes(name));
    for await (const records of source.read(columns)) {
      for (const record of records) {
        const { episode, step } = cursor.next(path, record["episode_index"]);
        const frame = record["frame_index"], task = Number(record["task_index"] ?? 0);
        if (frame !== undefined && Number(frame) !== step && !outOfOrder.has(episode.index)) {
          outOfOrder.add(episode.index);
          faults.report({
            code: "frame_order",
            severity: "warning",
            place: `episode ${episode.index}, step ${step}`,
            message: `expected frame ${step}, found ${frame}: rows are taken in the order in ` +
              "which they lie",
          });
        }
        if (step === 0) first = task;
        hasStepTasks ||= task !== first;
        if (tasks.size === 0 || tasks.has(task) || unknown.has(task)) continue;
        unknown.add(task);
        faults.report({
          code: "unknown_task",
          severity: "error",
          place: `episode ${episode.index}, step ${step}, column "task_index"`,
          message: `expected a task of meta/tasks, found ${task}: add its text there`,
        });
      }
    }
  }
  cursor.finish();
  return { hasStepTasks: hasStepTasks && tasks.size > 0 };
}
