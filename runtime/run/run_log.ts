import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { appendToLog } from "../../infra/log_file.ts";
import { requireContained } from "../../store/mod.ts";
import { machineLabel } from "../../store/files/machine.ts";

/** Logs of a run: JSON lines below its directory, one file a writer and machine, rotated. */

/** Folder of a run's logs. @param directory Of the run */
export function logDirectory(directory: string): string {
  return join(directory, "logs");
}

/** Logs that this machine writes for a run, relative to it. @param run Absolute */
export function listRunLogs(run: string): readonly string[] {
  return WRITERS.map((writer) => logFile("", writer)).filter((file) => existsSync(join(run, file)));
}

/**
 * Log of a writer: machines that share a data directory cannot append to the same file, and several,
 * or containers, may have the same host name.
 */
function logFile(directory: string, writer: LogWriter): string {
  return join(logDirectory(directory), `${writer}-${machineLabel()}.jsonl`);
}

/** Names a run for people, `reach-expert/3`. @param directory `runs/reach-expert/0003` */
export function runOf(directory: string): string {
  const [pipeline = "", number = ""] = directory.split("/").slice(-2);
  return `${pipeline}/${Number(number)}`;
}

/** Event, as a line of a log. */
export type LogEvent = Readonly<Record<string, JsonValue | undefined>> & {
  readonly event: string;
};

/** An event of now as one line of JSON. */
export function logLine(event: LogEvent): string {
  return JSON.stringify({ time: new Date().toISOString(), ...event });
}

/** Writer of a log: workers write what they did, commands what they saw. */
export type LogWriter = typeof WRITERS[number];

const WRITERS = ["work", "progress"] as const;

/**
 * Appends lines to a log of a run.
 *
 * @param directory Of the run, relative to the data root
 */
export function appendToRunLog(
  root: string,
  { directory, writer }: { readonly directory: string; readonly writer: LogWriter },
  lines: readonly string[],
): void {
  const file = logFile(directory, writer);
  try {
    requireContained(root, file);
    appendToLog(join(root, file), lines.map((line) => `${line}\n`).join(""));
  } catch {
    // A log that cannot be written, on a full disk say, stops no work; the work itself will tell.
  }
}
