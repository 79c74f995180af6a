import { createLogUpdate } from "log-update";
import { noteLine, writeText } from "./output.ts";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** Returns whether a person watches standard error and may see colours (https://no-color.org). */
export function terminalTraits(): { readonly live: boolean; readonly colour: boolean } {
  const live = Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
  return { live, colour: live && !Deno.env.get("NO_COLOR") };
}

/** Returns the current columns and rows of the terminal. */
export function terminalSize(): { readonly columns: number; readonly rows: number } {
  const unknown = { columns: 80, rows: 24 };
  try {
    const { columns, rows } = Deno.consoleSize();
    // A terminal that nobody told its size says 0.
    return { columns: columns || unknown.columns, rows: rows || unknown.rows };
  } catch {
    return unknown;
  }
}

/** Lines at the foot of the terminal that are drawn over and over, on standard error. */
export class LiveArea implements Disposable {
  readonly #draw: ReturnType<typeof createLogUpdate>;
  // Whatever ends the process, the person gets their cursor back.
  readonly #showCursor = () => writeText(Deno.stderr, SHOW_CURSOR);

  constructor() {
    const stream = {
      isTTY: true,
      get columns() {
        return terminalSize().columns;
      },
      get rows() {
        return terminalSize().rows;
      },
      write(text: string) {
        writeText(Deno.stderr, text);
        return true;
      },
    };
    // Its way to hide the cursor would take the first Ctrl-C away from us. The cast: it only writes.
    this.#draw = createLogUpdate(stream as unknown as NodeJS.WritableStream, { showCursor: true });
    writeText(Deno.stderr, HIDE_CURSOR);
    globalThis.addEventListener("unload", this.#showCursor);
  }

  /** Replaces the lines. */
  update(text: string): void {
    this.#draw(text);
  }

  /** Writes a line that stays, above the live ones. */
  writeAbove(line: string): void {
    this.#draw.clear();
    noteLine(line);
  }

  /** Leaves the last lines where they are and gives the cursor back. */
  [Symbol.dispose](): void {
    this.#draw.done();
    globalThis.removeEventListener("unload", this.#showCursor);
    this.#showCursor();
  }
}
