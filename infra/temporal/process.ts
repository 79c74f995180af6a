import process from "node:process";
import { spawn, type SpawnOptions } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { MissingToolError } from "../../core/errors.ts";
import { givenEnvironment } from "../given_environment.ts";
import { rotateLog } from "../log_file.ts";

/** A process of this machine. Whether it still is the one that was meant, a lock says. */
export interface ProcessIdentity {
  readonly pid: number;
}

/** Whether a process is there, this user's or another's. */
export function isAlive({ pid }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // what kill() throws: another user's
  }
}

let knownNamespace: string | null = null;

/**
 * Returns the name of the namespace that the pids of this process belong to; empty where the system
 * has none. A program is asked, because Deno lets none of its own read /proc.
 */
export function processNamespace(): string {
  return knownNamespace ??= askNamespace();
}

function askNamespace(): string {
  try {
    const { success, stdout } = new Deno.Command("readlink", {
      args: ["/proc/self/ns/pid"],
      stderr: "null",
      clearEnv: true,
      env: givenEnvironment(),
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return ""; // no such program, or not permitted to run one
  }
}

export interface DetachedOptions {
  /** Working directory. The caller's would stay in use as long as the process lives. */
  readonly cwd: string;
  /** Both outputs are appended to it. */
  readonly log: string;
  /** Its environment, as a whole. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether what it writes is its user's alone. */
  readonly isPrivate?: boolean;
  /** Descriptor of this process that becomes its standard input; nothing if absent. */
  readonly input?: number;
}

/**
 * Starts a process in a session of its own, which outlives the caller, gets none of its signals and
 * holds none of its descriptors.
 */
export async function startDetached(
  program: string,
  args: readonly string[],
  { cwd, log, env, input, isPrivate = false }: DetachedOptions,
): Promise<ProcessIdentity> {
  mkdirSync(dirname(log), { recursive: true });
  rotateLog(log);
  const output = openSync(log, "a", 0o600);
  try {
    const options: SpawnOptions = {
      cwd,
      detached: true,
      stdio: [input ?? "ignore", output, output],
      env: { ...env },
    };
    const command = [
      "-c",
      (isPrivate ? "umask 077\n" : "") + DROP_DESCRIPTORS,
      "sluice",
      program,
      ...args,
    ];
    // Other shells close no descriptor above 9, which is better than none.
    const pid = await start("bash", command, options) ?? await start("sh", command, options);
    if (pid === null) throw new MissingToolError(NO_SHELL);
    return { pid };
  } finally {
    closeSync(output);
  }
}

/**
 * Shell command that becomes the program after it, with the user's limit of open files and without
 * the descriptors that the caller itself inherited: locks and pipes, say, which Deno passes on and
 * cannot close.
 */
const DROP_DESCRIPTORS = `ulimit -S -n "$(ulimit -H -n)" 2>/dev/null
for path in /dev/fd/*; do
  fd=\${path##*/}
  case $fd in
    [0-2]) ;;
    [3-9]) eval "exec $fd>&-" ;;
    [1-9][0-9]*) [ -z "$BASH_VERSION" ] || eval "exec $fd>&-" ;;
  esac
done
exec "$@"`;

const NO_SHELL = "Cannot start a process: expected bash or sh on the PATH, found neither: " +
  "install one of them";

/** @returns The pid, null if there is no such program */
function start(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options);
    child.once("spawn", () => {
      child.unref(); // not before: of one that did not start it throws what nobody can catch
      resolve(child.pid!); // it has one by then
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve(null);
      else reject(error);
    });
  });
}

/** Time that a killed process may take to end: the system ends it, not its own code (ms). */
const KILL_PATIENCE_MS = 5000;

/**
 * Asks a process to end, and ends it when it does not. It is gone afterwards.
 *
 * @param patienceMs How long it may take; 0 ends it at once
 */
export async function endProcess(identity: ProcessIdentity, patienceMs: number): Promise<void> {
  if (patienceMs > 0) signal(identity, "SIGTERM");
  await waitForEnd(identity, patienceMs);
  signal(identity, "SIGKILL");
  await waitForEnd(identity, KILL_PATIENCE_MS);
}

async function waitForEnd(identity: ProcessIdentity, patienceMs: number): Promise<void> {
  for (let waited = 0; waited < patienceMs && isAlive(identity); waited += END_INTERVAL_MS) {
    await new Promise((resolve) => setTimeout(resolve, END_INTERVAL_MS));
  }
}

/** Interval between two checks that a process has ended (ms). */
const END_INTERVAL_MS = 20;

function signal(identity: ProcessIdentity, name: "SIGTERM" | "SIGKILL"): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch {
    // It ended by itself in between.
  }
}
