import { join } from "node:path";
import { untilAborted } from "../../runtime/services/wait.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { isMounted, mount, unmount } from "../store/_disk.ts";
import { buildShim } from "../infra/_shim.ts";
import { kill, resultOf, type TaskDirectory, type TaskResult } from "../cli/_task_directory.ts";

/** What befalls a run: a process of it, or all at once, dies; or the machine has a fault for a while. */
export type Victim =
  | "worker"
  | "server"
  | "group"
  /** The lid is closed for 30 s: nothing runs, monotonic time stands still. */
  | "suspend"
  /** The wall clock steps 60 s forward, and back an hour. */
  | "clock"
  /** Some accesses to the disk fail with EIO for 2 s. */
  | "EIO"
  /** The disk is full for 8 s. */
  | "full disk";

/** Victims of `kill -9`. */
export const KILLED: readonly Victim[] = ["worker", "server", "group"];

/** All of them. */
export const VICTIMS: readonly Victim[] = [...KILLED, "suspend", "clock", "EIO", "full disk"];

/** Seconds. */
const STOPPED = 2, FAULTY = 2, FULL = 8;

/** Size of the disk that becomes full (MB); a job of the trials needs less. */
const DISK = 256;

/** A run to which things happen, started again by its own command where it ends before it is done. */
export class StruckRun implements AsyncDisposable {
  readonly #directory: TaskDirectory;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  /** What `SLUICE_KERNELS` is at each start in turn. */
  readonly #kernels: readonly string[];
  #starts = 0;
  #command!: Deno.ChildProcess; // start() sets both
  #ended!: Promise<TaskResult>;
  #diskFailed = false;

  private constructor(
    directory: TaskDirectory,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    kernels: readonly string[],
  ) {
    this.#directory = directory;
    this.#args = args;
    this.#env = env;
    this.#kernels = kernels;
  }

  /**
   * Starts the run of a pipeline.
   *
   * @param args What `deno task pipeline` is given
   * @param victims What will happen to it, which decides on what machine it runs
   * @param kernels What `SLUICE_KERNELS` is when it is started, in turn; the first if there is no other
   */
  static async start(
    directory: TaskDirectory,
    args: readonly string[],
    victims: readonly Victim[],
    kernels: readonly string[] = [""],
  ): Promise<StruckRun> {
    const faults: readonly Victim[] = ["suspend", "clock", "EIO"];
    const shim = victims.some((victim) => faults.includes(victim)) ? await buildShim() : null;
    const run = new StruckRun(directory, args, {
      ...(shim === null ? {} : { LD_PRELOAD: shim }),
      SLUICE_SHIM_CLOCK: join(directory.path, "clock"),
      SLUICE_SHIM_DISK: join(directory.path, "disk-fails"),
    }, kernels);
    if (victims.includes("full disk")) {
      await Deno.mkdir(directory.root);
      await mount(directory.root, `size=${DISK}m`);
    }
    run.#begin();
    return run;
  }

  /**
   * Waits for the end; a run that failed with the disk goes on by its own command.
   *
   * @throws The reason of the signal, if it aborts before
   */
  async finish(signal = new AbortController().signal): Promise<TaskResult> {
    if ((await this.#end(signal)).code !== 0 && this.#diskFailed) this.#begin();
    return await this.#end(signal);
  }

  async #end(signal: AbortSignal): Promise<TaskResult> {
    await untilAborted(signal, this.#ended.then(() => {}));
    signal.throwIfAborted();
    return await this.#ended;
  }

  /** How the command ended that has the run now. */
  get ended(): Promise<TaskResult> {
    return this.#ended;
  }

  /**
   * Lets something happen to the run.
   *
   * @param before Is called at once before what may lose work
   * @returns The time, in ms, from which the run can go on
   * @throws The reason of the signal, if it aborts before
   */
  async strike(victim: Victim, before: () => void, signal?: AbortSignal): Promise<number> {
    switch (victim) {
      case "suspend":
        return await this.#suspend(before);
      case "clock":
        return await this.#stepClock(before);
      case "EIO":
        return await this.#failDisk(before);
      case "full disk":
        return await this.#fillDisk(before);
      default:
        return await this.#kill(victim, before, signal);
    }
  }

  #begin(): void {
    const kernels = this.#kernels[this.#starts++ % this.#kernels.length]!;
    const env = { ...this.#env, SLUICE_KERNELS: kernels };
    this.#command = this.#directory.start("pipeline", this.#args, { env });
    this.#ended = resultOf(this.#command);
  }

  async #kill(victim: Victim, before: () => void, signal?: AbortSignal): Promise<number> {
    const { root } = this.#directory, server = this.#directory.server();
    if (victim === "group") this.#command.kill("SIGKILL");
    if (victim !== "server") { for (const { pid } of listWorkers(root)) kill(pid); }
    if (victim !== "worker") kill(server!.pid); // a stage has committed, so it runs
    if (victim === "group") await this.#ended;
    before();
    const restarted = performance.now();
    if (victim === "group") this.#begin();
    while (victim === "server" && (this.#directory.server()?.pid ?? server!.pid) === server!.pid) {
      await moment(signal);
    }
    return restarted;
  }

  async #suspend(before: () => void): Promise<number> {
    const pids = [this.#command, ...this.#directory.processes()].map(({ pid }) => pid);
    for (const pid of pids) Deno.kill(pid, "SIGSTOP");
    before();
    await this.#setClock(30, 30);
    await seconds(STOPPED);
    for (const pid of pids) Deno.kill(pid, "SIGCONT");
    return performance.now();
  }

  async #stepClock(before: () => void): Promise<number> {
    before();
    await this.#setClock(60, 0);
    await seconds(FAULTY);
    await this.#setClock(-3600, 0);
    return performance.now();
  }

  async #failDisk(before: () => void): Promise<number> {
    const fault = this.#env["SLUICE_SHIM_DISK"]!;
    before();
    this.#diskFailed = true;
    await Deno.writeTextFile(fault, "");
    await Promise.race([this.#ended, seconds(FAULTY)]);
    await Deno.remove(fault);
    return performance.now();
  }

  async #fillDisk(before: () => void): Promise<number> {
    const { root } = this.#directory, file = join(root, "filling");
    before();
    this.#diskFailed = true;
    await fill(file);
    await Promise.race([this.#ended, seconds(FULL)]);
    await Deno.remove(file);
    return performance.now();
  }

  async #setClock(wall: number, uptime: number): Promise<void> {
    const file = this.#env["SLUICE_SHIM_CLOCK"]!;
    await Deno.writeTextFile(`${file}.tmp`, `${wall} ${uptime}`);
    await Deno.rename(`${file}.tmp`, file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { root } = this.#directory;
    try {
      this.#command.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.#ended;
    if (!await isMounted(root)) return;
    for (const { pid } of this.#directory.processes()) kill(pid);
    await unmount(root);
  }
}

/** Takes all the space that a disk has. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const block = new Uint8Array(1 << 20);
  for (;;) {
    try {
      await file.write(block);
    } catch {
      return; // full
    }
  }
}

/** Waits for a while between two looks at the disk. @throws The reason of the signal, if it has aborted */
export async function moment(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, 5));
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
