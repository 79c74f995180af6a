import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { ArgumentTable, Command, FlagTable } from "./flags.ts";
import { printLine, writeText } from "./output.ts";
import { type CommandAction, reportError, runCommand } from "./run_command.ts";
import { versionLine } from "./version.ts";

/** A command with what it does, its tables out of sight. */
export interface BoundCommand {
  readonly name: string;
  readonly summary: string;
  run(args: readonly string[]): Promise<never>;
}

/** Joins a command and its action, for {@linkcode runGroup}. */
export function bindCommand<Flags extends FlagTable, Arguments extends ArgumentTable>(
  command: Command<Flags, Arguments>,
  action: CommandAction<Flags, Arguments>,
): BoundCommand {
  const { name, summary } = command;
  return { name, summary, run: (args) => runCommand(command, action, args) };
}

/** Commands that share their first word, e.g. `schedule create` and `schedule list`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly BoundCommand[];
}

/** Runs the command that the first argument names and ends the process. */
export async function runGroup(
  group: CommandGroup,
  args: readonly string[] = Deno.args,
): Promise<never> {
  const [word, ...rest] = args[0] === "--" ? args.slice(1) : args;
  if (word === "--help" || word === "-h") {
    writeText(Deno.stdout, renderGroupHelp(group));
    Deno.exit(0);
  }
  if (word === "--version") {
    printLine(versionLine());
    Deno.exit(0);
  }
  const chosen = group.commands.find(({ name }) => name === `${group.name} ${word}`);
  if (chosen !== undefined) return await chosen.run(rest);
  const words = group.commands.map(({ name }) => name.slice(group.name.length + 1));
  const found = word === undefined ? "nothing" : `"${word}"`;
  Deno.exit(reportError(
    new InvalidInputError({
      action: "run",
      place: group.name,
      expected: "a command",
      found,
      remedy: suggestName(word ?? "", words),
    }),
  ));
}

/** The help text of a group: its commands, one per line. */
function renderGroupHelp({ name, summary, commands }: CommandGroup): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const rows = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return [
    `Usage: deno task ${name} <command> [flags]`,
    "",
    summary,
    "",
    "Commands:",
    ...rows,
    "",
    `For the flags of a command, see deno task ${name} <command> --help.`,
    "",
  ].join("\n");
}
