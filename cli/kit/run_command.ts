import { messageOf, SluiceError } from "../../core/errors.ts";
import { namedError } from "../../store/files/access.ts"; // not the whole store
import type { ArgumentTable, Command, CommandInput, FlagTable } from "./flags.ts";
import { renderHelp } from "./help.ts";
import { noteLine, printLine, writeText } from "./output.ts";
import { asksForHelp, asksForVersion, parseCommand } from "./parse_command.ts";
import { versionLine } from "./version.ts";

/** Exit status: 0 completed, 1 failed or damaged, 2 bad input, 130 interrupted. */
export type ExitStatus = 0 | 1 | 2 | 130;

/** Action of a command after its command line is parsed. */
export type CommandAction<Flags extends FlagTable, Arguments extends ArgumentTable> = (
  input: CommandInput<Flags, Arguments>,
) => Promise<ExitStatus>;

/**
 * Runs a command and ends the process with its exit status. Errors become one message on standard
 * error; only unforeseen ones leave a trace, in a file that the message names.
 */
export async function runCommand<Flags extends FlagTable, Arguments extends ArgumentTable>(
  command: Command<Flags, Arguments>,
  action: CommandAction<Flags, Arguments>,
  args: readonly string[] = Deno.args,
): Promise<never> {
  const status = await statusOf(command, action, args);
  // Native handles of the Temporal client would keep the process alive.
  Deno.exit(status);
}

async function statusOf<Flags extends FlagTable, Arguments extends ArgumentTable>(
  command: Command<Flags, Arguments>,
  action: CommandAction<Flags, Arguments>,
  args: readonly string[],
): Promise<number> {
  try {
    if (asksForHelp(args)) {
      writeText(Deno.stdout, renderHelp(command));
      return 0;
    }
    if (asksForVersion(args)) {
      printLine(versionLine());
      return 0;
    }
    if (Deno.build.os === "windows") {
      noteLine("error: Sluice runs on Linux and macOS: on Windows, run it inside WSL");
      return 1;
    }
    return await action(parseCommand(command, args));
  } catch (error) {
    return reportError(error);
  }
}

/** Reports an error to the person and returns its exit status. */
export function reportError(error: unknown): number {
  if (error instanceof SluiceError) {
    noteLine(`error: ${error.message}`);
    return error.exitStatus;
  }
  const ofDisk = namedError(error);
  if (ofDisk instanceof SluiceError) {
    noteLine(`error: ${ofDisk.message}`);
    return ofDisk.exitStatus;
  }
  noteLine(`error: ${messageOf(error)}`);
  noteLine(
    `This is a bug in Sluice. Please report it with the trace in ${writeTrace(error)}.`,
  );
  return 1;
}

function writeTrace(error: unknown): string {
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  try {
    const file = Deno.makeTempFileSync({ prefix: "sluice-", suffix: ".log" });
    Deno.writeTextFileSync(
      file,
      `${["deno", Deno.version.deno, ...Deno.args].join(" ")}\n${trace}\n`,
    );
    return file;
  } catch {
    return `this trace:\n${trace}`;
  }
}
