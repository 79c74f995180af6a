import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { MissingToolError } from "../../core/errors.ts";
import { programEnvironment } from "./child_variables.ts";
import type { ProgramCommand } from "./registered_commands.ts";

/** End of a program. */
export interface ProgramEnd {
  /** Its exit status, null where a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
}

/** Options for starting a program. */
export interface ProgramOptions {
  /** Variables of its environment beside those that it is given anyway. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables of its environment where the worker's has none of the name. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Whether it is given two descriptors of its own, 3 to read from and 4 to write to. */
  readonly hasFrames?: boolean;
  /** Called with each line of its output, of standard output or of standard error. */
  readonly onLine: (line: string, source: "stdout" | "stderr") => void;
}

/**
 * Ends a process group: by the signals that it reads, and for good when its input ends, which is
 * also when whoever started it was killed. In a session of its own it outlives that process's group.
 */
const GUARD = 'while read -r signal; do kill -s "$signal" -- "-$1" 2>/dev/null; done; ' +
  'kill -s KILL -- "-$1" 2>/dev/null';

/**
 * A program in a process group of its own, run without a shell. Nothing of it is left when it has
 * ended, when it is ended, or when the process that started it dies, in whatever way.
 */
export class ProgramGroup {
  /** Resolves when the program has ended and its output was read. */
  readonly ended: Promise<ProgramEnd>;
  /** Streams of frames to and from the program; absent if it has no such descriptors. */
  readonly frames: { readonly input: Writable; readonly output: Readable } | null;
  readonly #guard: ChildProcess;

  private constructor(child: ChildProcess, guard: ChildProcess, options: ProgramOptions) {
    this.#guard = guard;
    this.frames = options.hasFrames === true
      // The descriptors that start() asks for.
      ? { input: child.stdio[3] as Duplex, output: child.stdio[4] as Duplex }
      : null;
    const output = [
      readLines(child.stdout!, (line) => options.onLine(line, "stdout")),
      readLines(child.stderr!, (line) => options.onLine(line, "stderr")),
    ];
    const exited = new Promise<ProgramEnd>((resolve) =>
      child.once("exit", (status, signal) => resolve({ status, signal }))
    );
    const guarded = new Promise<void>((resolve) => guard.once("close", () => resolve()));
    this.ended = exited.then(async (end) => {
      this.kill(); // what it has started itself
      await Promise.all([...output, guarded]);
      return end;
    });
  }

  /** Starts a program. @throws {MissingToolError} If there is no such program */
  static async start(
    { name, command: [program = "", ...args], directory, variables = [] }: ProgramCommand,
    options: ProgramOptions,
  ): Promise<ProgramGroup> {
    const env = {
      ...options.defaults,
      ...programEnvironment(variables),
      ...options.environment,
    };
    const child = spawn(program, args, {
      ...(directory === undefined ? {} : { cwd: directory }),
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", ...(options.hasFrames ? ["pipe", "pipe"] as const : [])],
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once("spawn", resolve);
    child.once("error", reject);
    try {
      await promise;
    } catch {
      throw new MissingToolError({
        action: "start the command",
        place: name,
        expected: `the program "${program}"`,
        found: "none that can be run",
        remedy: "install it on this machine, or correct the command",
      });
    }
    const guard = spawn("/bin/sh", ["-c", GUARD, "sh", String(child.pid)], {
      env: {},
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    guard.on("error", () => {});
    guard.stdin!.on("error", () => {}); // it has ended
    return new ProgramGroup(child, guard, options);
  }

  /** Asks the whole group to end. */
  terminate(): void {
    if (!this.#guard.stdin!.writableEnded) this.#guard.stdin!.write("TERM\n");
  }

  /** Ends the whole group at once. */
  kill(): void {
    this.#guard.stdin!.end();
  }
}

/** Most characters of a line that a log takes. */
const LINE_LENGTH = 4000;

/** Calls back with each line, also the last without an end, until the stream ends. */
async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of stream) {
      // Progress bars go back to the beginning of a line.
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? "").slice(0, LINE_LENGTH);
      for (const line of lines) if (line !== "") onLine(line.slice(0, LINE_LENGTH));
    }
  } catch {
    // It was ended in the middle of a line.
  }
  if (rest !== "") onLine(rest);
}
