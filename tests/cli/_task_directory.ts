import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { RunSummary } from "../../activities/types.ts";
import { PROJECT_DIRECTORY, taskArguments } from "../../runtime/services/task_command.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { isAlive, type ProcessIdentity } from "../../infra/temporal/process.ts";

/** Name of a task in deno.json. */
export type Task = Parameters<typeof taskArguments>[0];

/** How a task ended and what it wrote. */
export interface TaskResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TaskOptions {
  /** Set beside the data root's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the tasks of deno.json on a data root of their own, all of it removed when disposed of. */
export class TaskDirectory implements AsyncDisposable {
  /** Directory to which a test may write. */
  readonly path: string;
  /** Not made before a task makes it. */
  readonly root: string;
  /** The task that keeps server and worker; null where each task starts its own. */
  #services: { readonly pid: number; readonly ended: Promise<TaskResult> } | null = null;

  constructor(path = Deno.makeTempDirSync({ prefix: "sluice-task-" })) {
    this.path = path;
    this.root = join(path, "data");
  }

  /**
   * Keeps a server and a worker of one thread for the tasks that follow, each of which would start its
   * own and end them. For tests that run much and look at results alone.
   */
  async serve(): Promise<void> {
    const up = this.start("up", ["--threads", "1"]), ended = resultOf(up);
    this.#services = { pid: up.pid, ended };
    let result: TaskResult | null = null;
    ended.then((early) => result = early);
    while (this.server() === null || listWorkers(this.root).length === 0) {
      assert.equal(result, null, "the services ended");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Writes a file for a task to read. @returns Its path */
  write(name: string, content: string | object): string {
    const file = join(this.path, name);
    Deno.writeTextFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  }

  /** Starts a task with the permissions that deno.json gives it, without a shell in between. */
  start(task: Task, args: readonly string[], { env = {} }: TaskOptions = {}): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: [...taskArguments(task, args)],
      cwd: PROJECT_DIRECTORY,
      env: { SLUICE_HOME: this.root, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a task to its end. */
  run(task: Task, args: readonly string[], options: TaskOptions = {}): Promise<TaskResult> {
    return resultOf(this.start(task, args, options));
  }

  /** Runs a task that must succeed. @returns Its standard output */
  async expect(task: Task, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(task, args);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** Runs a pipeline that must complete. */
  async complete(...args: readonly string[]): Promise<RunSummary> {
    return summaryOf(await this.run("pipeline", [...args, "--json"]));
  }

  /** Server and workers of the data root that are alive. */
  processes(): ProcessIdentity[] {
    const server = this.server();
    return [...listWorkers(this.root), ...(server === null ? [] : [server])];
  }

  /** The server of the data root, null where none is alive. */
  server(): ProcessIdentity | null {
    try {
      const state = JSON.parse(readFileSync(join(this.root, "temporal/server.json"), "utf8"));
      return isAlive(state) ? state : null;
    } catch {
      return null; // none has started yet
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#services !== null) {
      kill(this.#services.pid); // before it starts again what it misses
      await this.#services.ended;
    }
    for (const { pid } of this.processes()) kill(pid);
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Waits for a task to end. */
export async function resultOf(task: Deno.ChildProcess): Promise<TaskResult> {
  const { code, stdout, stderr } = await task.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr).replaceAll(WAIT_OF_DENO, ""),
  };
}

/** Line of Deno's own, where several of its processes start for the first time in a checkout. */
export const WAIT_OF_DENO = "Blocking waiting for file lock on node_modules directory\n";

/** The summary that a completed run printed as its only line. */
export function summaryOf({ code, stdout, stderr }: TaskResult): RunSummary {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Digests of all stages. */
export function digestsOf({ stages }: RunSummary): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(stages).map(([name, { digest }]) => [name, digest]));
}

/** Ends a process at once; one that has ended is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
