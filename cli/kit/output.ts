import { visibleText } from "../../core/visible_text.ts";

/** Writes to standard output and error completely, without failing if nobody reads any more. */

const encoder = new TextEncoder();

/** Something that takes bytes now, as `Deno.stdout` does. */
export interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

/** Writes a whole text. A reader that has closed (`| head`) is not an error. */
export function writeText(writer: SyncWriter, text: string): void {
  let bytes: Uint8Array = encoder.encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writer.writeSync(bytes));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return;
      // A pipe that someone made non-blocking is full: its reader has yet to catch up.
      if (error instanceof Deno.errors.WouldBlock) continue;
      throw error;
    }
  }
}

/**
 * Prints a line on standard output: the requested result of the command. Names from foreign data
 * may be in it, and reach no terminal as anything but text.
 */
export function printLine(line: string): void {
  writeText(Deno.stdout, `${visibleText(line)}\n`);
}

/** Prints a line on standard error: everything else that a person should see. */
export function noteLine(line: string): void {
  writeText(Deno.stderr, `${visibleText(line)}\n`);
}
