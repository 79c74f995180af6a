import { join } from "node:path";
import { TextLineStream } from "@std/streams";
import { DamagedStoreError } from "../../core/errors.ts";
import { olderLog } from "../../infra/log_file.ts";

/** A line of a log and what it says. */
export interface LoggedLine {
  readonly text: string;
  readonly event: Readonly<Record<string, unknown>> & { readonly time: string };
}

/** Reads the logs of a run, and what is appended to them later. */
export class LogReader {
  readonly #folder: string;
  /** Bytes read of each file. */
  readonly #read = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns what was written since the last call, in order of time. */
  async next(): Promise<readonly LoggedLine[]> {
    const lines: LoggedLine[] = [];
    for (const file of await this.#files()) {
      if (!this.#read.has(file)) lines.push(...await readLines(olderLog(file), 0));
      const size = await sizeOf(file);
      const start = this.#read.get(file) ?? 0;
      // Smaller than what was read: it was put aside and begun again.
      lines.push(...await readLines(file, size < start ? 0 : start));
      this.#read.set(file, size);
    }
    return lines.sort((a, b) => a.event.time < b.event.time ? -1 : 1);
  }

  async #files(): Promise<readonly string[]> {
    const files: string[] = [];
    try {
      for await (const { name } of Deno.readDir(this.#folder)) {
        if (name.endsWith(".jsonl")) files.push(join(this.#folder, name));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // nothing was logged yet
    }
    return files;
  }
}

/** @throws {DamagedStoreError} If something else than a file is there */
async function sizeOf(file: string): Promise<number> {
  const stat = await Deno.stat(file).catch((error: Error) => error);
  if (!(stat instanceof Error) && stat.isFile) return stat.size;
  const found = stat instanceof Error ? stat.message : "a directory";
  throw new DamagedStoreError({
    action: "read the log",
    place: file,
    expected: "a file",
    found,
    remedy: "move it away; the run continues without it",
  });
}

/** Whole lines of a file from a byte on; none if there is no such file. */
async function readLines(path: string, start: number): Promise<readonly LoggedLine[]> {
  const file = await Deno.open(path).catch(() => null);
  if (file === null) return [];
  await file.seek(start, Deno.SeekMode.Start);
  const lines: LoggedLine[] = [];
  const texts = file.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const text of texts as ReadableStream<string>) { // the package is JavaScript
    const event = parse(text);
    if (event !== null) lines.push({ text, event });
  }
  return lines;
}

/** Null for what a full disk or a kill cut off, and for what is no event. */
function parse(text: string): LoggedLine["event"] | null {
  try {
    const event = JSON.parse(text);
    return typeof event?.time === "string" && typeof event.event === "string" ? event : null;
  } catch {
    return null;
  }
}
