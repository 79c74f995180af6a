import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import type { FailureTask } from "../../activities/nightly_types.ts";
import { DamagedStoreError, InvalidInputError } from "../../core/errors.ts";
import { NAME_PATTERN } from "../../pipelines/places.ts";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { makePrivateDirectory, writePrivateFile } from "../../infra/private_file.ts";
import { temporalDirectory } from "../services/services.ts";

/**
 * Stores the failure commands of schedules in the data directory, where only those who may write
 * the data can put them. They never pass through the Temporal server: anyone who can reach it can
 * name a schedule, but no command.
 */

/** Time that a command may take (ms). */
const TIMEOUT_MS = 10 * 60_000;

/** Keeps the failure command of a schedule. */
export function storeFailureCommand(root: string, schedule: string, command: string): void {
  writePrivateFile(commandFile(root, schedule), JSON.stringify({ command }) + "\n");
}

/** Forgets the failure command of a schedule. */
export function removeFailureCommand(root: string, schedule: string): void {
  rmSync(commandFile(root, schedule), { force: true });
}

/**
 * The failure command of a schedule, null if it has none.
 *
 * @throws {DamagedStoreError} If its file has other content
 */
export function readFailureCommand(root: string, schedule: string): string | null {
  const file = commandFile(root, schedule);
  if (!existsSync(file)) return null;
  try {
    const { command } = JSON.parse(readFileSync(file, "utf8"));
    if (typeof command === "string") return command;
  } catch {
    // No JSON, or not readable: said below.
  }
  throw new DamagedStoreError({
    action: "read the failure command",
    place: file,
    expected: '{"command": …}',
    found: "something else",
    remedy: `remove the file, or delete and create schedule "${schedule}" again`,
  });
}

/**
 * Runs the failure command of a schedule by the shell, its output in the log `on-failure.log`.
 *
 * @returns Its exit status, 128 + the number of the signal that ended it, null if there is none
 */
export async function runFailureCommand(root: string, task: FailureTask): Promise<number | null> {
  const command = readFailureCommand(root, task.schedule);
  if (command === null) return null;
  const log = join(temporalDirectory(root), "on-failure.log");
  makePrivateDirectory(dirname(log));
  const output = openSync(log, "a", 0o600);
  try {
    writeSync(output, `--- ${task.schedule} ${task.date ?? ""}: ${command}\n`);
    const status = await runShell(command, output, failureVariables(root, task));
    writeSync(output, `--- exit status ${status}\n`);
    return status;
  } finally {
    closeSync(output);
  }
}

/**
 * Returns the variables by which a failure command is informed, in addition to those of every
 * program.
 */
export function failureVariables(root: string, task: FailureTask): Record<string, string> {
  const { schedule, pipeline, date, error, directory } = task;
  return {
    SLUICE_SCHEDULE: schedule,
    SLUICE_PIPELINE: pipeline,
    SLUICE_DATE: date ?? "",
    SLUICE_ERROR_NAME: variable(error.name),
    SLUICE_ERROR: variable(error.message),
    SLUICE_RUN: directory === null ? "" : `${pipeline}/${basename(directory)}`,
    SLUICE_RUN_DIRECTORY: directory === null ? "" : join(root, directory),
    SLUICE_REPORT: directory === null ? "" : join(root, directory, "report.html"),
  };
}

/** Most characters of a variable: systems start no program with one of 128 KiB. */
const MAX_VARIABLE = 32_000;

/** A text as a variable can have it. */
function variable(text: string): string {
  return text.slice(0, MAX_VARIABLE).replaceAll("\0", "");
}

function runShell(
  command: string,
  output: number,
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn("/bin/sh", ["-c", command], {
    detached: true, // a process group, so that what the shell started ends with it
    stdio: ["ignore", output, output],
    env: { ...givenEnvironment(["libraries", "network", "sluice"]), ...variables },
  });
  const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), TIMEOUT_MS);
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once(
      "exit",
      (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  }).finally(() => clearTimeout(timer));
}

function commandFile(root: string, schedule: string): string {
  if (!NAME_PATTERN.test(schedule)) {
    throw new InvalidInputError({
      action: "use schedule",
      place: schedule,
      expected: "a name of a-z, 0-9, - and _",
      remedy: "rename the schedule",
    });
  }
  return join(root, "schedules", `${schedule}.json`);
}
