import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A process, as others may need to know it. */
export interface ProcessName {
  /** Number for people alone: in another namespace of pids it belongs to another process. */
  readonly pid: number;
  readonly host: string;
  /** See {@linkcode machineName}. */
  readonly machine: string;
}

/** This process. */
export function thisProcess(): ProcessName {
  return { pid: process.pid, host: hostname(), machine: machineName() };
}

/** Returns a name for what this process does that no other process has, in whichever container. */
export function uniqueOwner(action: string): string {
  return `${action} ${randomUUID().slice(0, 8)} in process ${process.pid} of ${hostname()}`;
}

/** Pattern of the name of a machine. */
const NAME = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

let known: string | null = null;

/**
 * Returns a name that two processes share only if a kernel lock of one is seen by the other: it lies
 * in the directory for temporary files, which machines do not share, and neither do containers of
 * the same host name. Where that is not so, or it was removed, two processes of one machine have
 * different names, and wait for each other's leases.
 */
export function machineName(): string {
  return known ??= readName() ?? writeName() ?? randomUUID();
}

/** Name for files of this machine beside those of others, which may have the same host name. */
export function machineLabel(): string {
  return `${hostname()}-${machineName().slice(0, 8)}`;
}

function nameFile(): string {
  return join(tmpdir(), "sluice-machine");
}

/** Reads the name that another process gave the machine, null if there is none. */
function readName(): string | null {
  try {
    const text = fs.readFileSync(nameFile(), "utf8").trim();
    return NAME.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** Gives the machine a name. @returns What it is called now, null if it cannot be given one */
function writeName(): string | null {
  const temporary = `${nameFile()}.${randomUUID()}.tmp`;
  try {
    fs.writeFileSync(temporary, randomUUID(), { flag: "wx", mode: 0o644 });
    fs.linkSync(temporary, nameFile());
  } catch {
    // Another process was quicker, or nothing can be written there.
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  return readName();
}
