import { homedir } from "node:os";
import { join } from "node:path";
import { PROJECT_DIRECTORY, taskArguments } from "../../runtime/services/task_command.ts";
import { kill } from "../cli/_task_directory.ts";
import { runProgram } from "../infra/_server_programs.ts";

/** Namespaces of its own for each worker; the network is the machine's. */
const UNSHARE = ["--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"];

/**
 * Puts a home of its own where every worker has its home, hides all homes, takes a host name and
 * becomes the worker.
 */
const SEPARATE =
  'mount --bind "$1/$3" "$2" && mount -t tmpfs none "$1" && hostname "worker-$3" && ' +
  'shift 3 && exec "$@"';

/** Returns why processes cannot have namespaces of their own here, null if they can. */
export async function whyNotSeparate(): Promise<string | null> {
  try {
    await runProgram("unshare", [...UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]);
    return null;
  } catch (error) {
    return (error as Error).message; // of runProgram(), or of a program that is not there
  }
}

export interface SeparateWorkersOptions {
  readonly count: number;
  /** Directory for their homes. */
  readonly directory: string;
  /** Whether each has namespaces of its own. */
  readonly separate: boolean;
}

/** Workers that share a Temporal server, a store and their program, and nothing else. */
export class SeparateWorkers implements AsyncDisposable {
  readonly #options: SeparateWorkersOptions;
  readonly #running: Deno.ChildProcess[] = [];
  #env: Readonly<Record<string, string>> = {};

  constructor(options: SeparateWorkersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#options.count;
  }

  /**
   * Starts all of them.
   *
   * @param env Access to server and store; they get nothing else of this environment
   */
  async start(env: Readonly<Record<string, string>>): Promise<void> {
    this.#env = env;
    for (let index = 0; index < this.count; index++) await this.#begin(index);
  }

  /** Kills one and starts it again. */
  async replace(index: number): Promise<void> {
    const worker = this.#running[index]!;
    kill(worker.pid);
    await worker.status;
    await this.#begin(index);
  }

  /** Kills all. */
  async kill(): Promise<void> {
    for (const worker of this.#running) kill(worker.pid);
    await Promise.all(this.#running.map((worker) => worker.status));
    this.#running.length = 0;
  }

  async #begin(index: number): Promise<void> {
    const { directory, separate } = this.#options;
    const homes = join(directory, "homes"), own = join(homes, String(index));
    const home = separate ? join(directory, "home") : own;
    for (const path of [home, join(own, "tmp")]) await Deno.mkdir(path, { recursive: true });
    const program = [Deno.execPath(), ...taskArguments("worker", ["--concurrency", "1"])];
    const [command, ...args] = separate
      ? ["unshare", ...UNSHARE, "sh", "-c", SEPARATE, "sh", homes, home, String(index), ...program]
      : program;
    this.#running[index] = new Deno.Command(command!, {
      args,
      cwd: PROJECT_DIRECTORY,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH")!,
        // What Deno compiled belongs to the program, which is installed on every machine.
        DENO_DIR: Deno.env.get("DENO_DIR") ?? join(homedir(), ".cache/deno"),
        HOME: home,
        TMPDIR: join(home, "tmp"),
        ...this.#env,
      },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
