/** Standard output and error, whole and without failing where nobody reads any more. */

const encoder = new TextEncoder();

/** Something that takes bytes now, as `Deno.stdout` does. */
export interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

/** Writes a text to its end. A reader that has gone (`| head`) is no error of ours. */
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

/** A line on standard output: what the command was asked for. */
export function printLine(line: string): void {
  writeText(Deno.stdout, `${line}\n`);
}

/** A line on standard error: everything else that a person should see. */
export function noteLine(line: string): void {
  writeText(Deno.stderr, `${line}\n`);
}
