import {
  type ArgumentTable,
  type Command,
  flagName,
  type FlagSpec,
  type FlagTable,
} from "./flags.ts";

const EXIT_STATUSES =
  "Exit status: 0 completed, 1 failed or damaged, 2 bad input, 130 interrupted.";

/** Column in which descriptions begin, where names leave room. */
const INDENT = 26;
const WIDTH = 96;

/** The help text of a command: usage, what it does, arguments, flags, examples, exit statuses. */
export function renderHelp<Flags extends FlagTable, Arguments extends ArgumentTable>(
  command: Command<Flags, Arguments>,
): string {
  const words = Object.entries(command.arguments).map(([name, { optional, many }]) =>
    (optional ? `[${name}]` : `<${name}>`) + (many ? "..." : "")
  );
  const usage = ["deno task", command.name, ...words, "[flags]"].join(" ");
  const rows = Object.entries(command.arguments).map(([name, { description }]) =>
    row(`  <${name}>`, description)
  );
  const flags = Object.entries(command.flags)
    .filter(([, flag]) => flag.type !== "refused" && !flag.internal)
    .map(([name, flag]) => row(`  --${flagName(name)}${valueOf(flag)}`, describe(flag)));
  return [
    `Usage: ${usage}`,
    "",
    ...wrap(command.summary, WIDTH),
    ...(command.description ?? "").split("\n").flatMap((line) => wrap(line, WIDTH)),
    ...(rows.length > 0 ? ["", "Arguments:", ...rows] : []),
    "",
    "Flags:",
    ...flags,
    row("  --help, -h", "Show this text"),
    row("  --version", "Show the versions of Sluice and Deno"),
    "",
    "Examples:",
    ...command.examples.flatMap(([line, purpose]) => [`  # ${purpose}`, `  ${line}`]),
    "",
    EXIT_STATUSES,
    "",
  ].join("\n");
}

function valueOf(flag: FlagSpec): string {
  switch (flag.type) {
    case "boolean":
    case "refused":
      return "";
    case "text":
    case "list":
      return ` ${flag.placeholder}`;
    case "integer":
    case "number":
      return ` ${flag.placeholder ?? "N"}`;
  }
}

function describe(flag: FlagSpec): string {
  const notes: string[] = [];
  if (flag.type === "list") notes.push("may be repeated");
  if (flag.type === "text" && flag.choices !== undefined) notes.push(flag.choices.join(" | "));
  if ("default" in flag && flag.default !== undefined) notes.push(`default ${flag.default}`);
  if (flag.aliases !== undefined && flag.aliases.length > 0) {
    notes.push(`also ${flag.aliases.map((alias) => `--${alias}`).join(", ")}`);
  }
  if (notes.length === 0) return flag.description;
  const joined = notes.join("; ");
  // Two pairs of parentheses in a row read badly: a description that ends in one takes the notes in.
  return flag.description.endsWith(")")
    ? `${flag.description.slice(0, -1)}; ${joined})`
    : `${flag.description} (${joined})`;
}

function row(name: string, description: string): string {
  const lines = wrap(description, WIDTH - INDENT);
  const first = name.length < INDENT - 1 ? name.padEnd(INDENT) : `${name}\n${" ".repeat(INDENT)}`;
  return first + lines.join(`\n${" ".repeat(INDENT)}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return text === "" ? [] : [...lines, line];
}
