import { parseArgs } from "@std/cli/parse-args";
import { InvalidInputError } from "../../core/errors.ts";
import { nearestName, suggestName } from "../../core/suggest.ts";
import {
  type ArgumentTable,
  type Command,
  type CommandInput,
  flagName,
  type FlagSpec,
  type FlagTable,
  type FlagValue,
  type NumberFlag,
  type TextFlag,
} from "./flags.ts";

/**
 * Returns whether a command line requests the help text, which has priority over everything else in
 * it.
 */
export function asksForHelp(args: readonly string[]): boolean {
  return beforeSeparator(args).some((arg) => arg === "--help" || arg === "-h");
}

/**
 * Returns whether a command line requests the version, which has priority over everything but the
 * help text.
 */
export function asksForVersion(args: readonly string[]): boolean {
  return beforeSeparator(args).includes("--version");
}

function beforeSeparator(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--", 1);
  return args.slice(0, end === -1 ? undefined : end);
}

/**
 * Reads a command line by the tables of its command.
 *
 * @throws {InvalidInputError} If a flag is unknown, doubled, without its value, of another type or
 *   out of range, or an argument is missing or one too many
 */
export function parseCommand<Flags extends FlagTable, Arguments extends ArgumentTable>(
  command: Command<Flags, Arguments>,
  args: readonly string[],
): CommandInput<Flags, Arguments> {
  const spellings = spellingsOf(command.flags);
  const names = Object.keys(command.flags);
  const valued = names.filter((name) => command.flags[name]?.type !== "boolean");
  const parsed: ParsedArgs = parseArgs(prepare(command, args, spellings), {
    // "_" keeps arguments as text: run 0007 is no number.
    string: [...valued, "_"],
    boolean: names.filter((name) => command.flags[name]?.type === "boolean"),
    alias: Object.fromEntries(
      names.map((name) => [
        name,
        [...spellings.keys()].filter((spelling) =>
          spelling !== name && spellings.get(spelling) === name
        ),
      ]),
    ),
    collect: names,
    unknown: (arg: string, key?: string) =>
      key === undefined || refuseUnknown(command, arg, spellings),
  });
  const flags = Object.fromEntries(
    names.map((name) => [name, readFlag(command, name, parsed[name] ?? [])]),
  );
  const values = { flags, arguments: readArguments(command, parsed._) };
  return values as CommandInput<Flags, Arguments>; // read by the very tables that give the types
}

/** The package is JavaScript: what it returns where every flag is collected. */
type ParsedArgs = Readonly<Record<string, readonly (string | boolean)[]>> & {
  readonly _: readonly string[];
};

/** Every way to write a flag, and the flag that it means. */
function spellingsOf(flags: FlagTable): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(flags).flatMap(([name, { aliases = [] }]) =>
      [name, flagName(name), ...aliases].flatMap((spelling) =>
        [[spelling, name], [spelling.replaceAll("-", "_"), name]] as const
      )
    ),
  );
}

/**
 * Rewrites what `parseArgs` would misread: a negative number after a flag is its value, not a flag
 * of its own, and a boolean flag has no value but true or false.
 */
function prepare(
  command: Command,
  args: readonly string[],
  spellings: ReadonlyMap<string, string>,
): readonly string[] {
  const prepared: string[] = [];
  // `deno task x -- --flag`, as npm has it: the first separator is not for us.
  for (const arg of args[0] === "--" ? args.slice(1) : args) {
    const previous = command.flags[spellings.get(prepared.at(-1)?.slice(2) ?? "") ?? ""];
    if (/^-\.?\d/.test(arg) && previous !== undefined && previous.type !== "boolean") {
      prepared.push(`${prepared.pop()}=${arg}`);
      continue;
    }
    const [, spelling = "", value] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    const name = spellings.get(spelling);
    if (
      name !== undefined && command.flags[name]?.type === "boolean" &&
      value !== "true" && value !== "false"
    ) {
      throw refusal(command, name, `expected no value, found "${value}"`, "remove it");
    }
    prepared.push(arg);
  }
  return prepared;
}

function refuseUnknown(
  command: Command,
  arg: string,
  spellings: ReadonlyMap<string, string>,
): never {
  const flag = arg.split("=")[0]!;
  const nearest = nearestName(flag.replace(/^-+/, ""), spellings.keys());
  const remedy = nearest === null
    ? `see "deno task ${command.name} --help"`
    : `did you mean "--${flagName(nearest)}"?`;
  throw new InvalidInputError({
    action: "run",
    place: command.name,
    expected: "a known flag",
    found: `"${flag}"`,
    remedy,
  });
}

function readFlag(
  command: Command,
  name: string,
  found: readonly (string | boolean)[],
): FlagValue<FlagSpec> {
  const spec = command.flags[name]!;
  if (spec.type === "refused" && found.length > 0) {
    throw refusal(command, name, spec.description, "remove it");
  }
  if (found.some((value) => value === "")) {
    throw refusal(command, name, "expected a value, found none", `write --${flagName(name)} VALUE`);
  }
  if (spec.type === "list") return found.map(String);
  if (found.length > 1) {
    const values = found.map((value) => JSON.stringify(value)).join(" and ");
    throw refusal(command, name, `expected one value, found ${values}`, "keep one");
  }
  const value = found[0];
  switch (spec.type) {
    case "boolean":
      return value === true;
    case "refused":
      return undefined;
    case "text":
      return value === undefined ? spec.default : readChoice(command, name, spec, String(value));
    case "integer":
    case "number":
      return value === undefined ? spec.default : readNumber(command, name, spec, String(value));
  }
}

function readChoice(command: Command, name: string, spec: TextFlag, text: string): string {
  if (spec.choices === undefined || spec.choices.includes(text)) return text;
  const problem = `expected ${spec.choices.join(" or ")}, found "${text}"`;
  throw refusal(command, name, problem, spec.remedy ?? suggestName(text, spec.choices));
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function readNumber(command: Command, name: string, spec: NumberFlag, text: string): number {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  const { type, min = -Infinity, max = Infinity } = spec;
  const fits = type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (fits && value >= min && value <= max) return value;
  const range = spec.min === undefined
    ? spec.max === undefined ? "" : ` of at most ${max}`
    : spec.max === undefined
    ? ` of at least ${min}`
    : ` from ${min} to ${max}`;
  const article = type === "integer" ? "an" : "a";
  const example = spec.default ?? Math.min(Math.max(1, min), max);
  throw refusal(
    command,
    name,
    `expected ${article} ${type}${range}, found "${text}"`,
    `write e.g. --${flagName(name)} ${example}`,
  );
}

function readArguments(
  command: Command,
  found: readonly string[],
): Record<string, string | readonly string[] | undefined> {
  const names = Object.keys(command.arguments);
  const many = names.findIndex((name) => command.arguments[name]?.many);
  const extra = many === -1 ? found[names.length] : undefined;
  if (extra !== undefined) {
    const expected = names.length === 0 ? "flags only" : names.map((name) => `<${name}>`).join(" ");
    throw new InvalidInputError({
      action: "run",
      place: command.name,
      expected,
      found: `"${extra}" too`,
      remedy: "remove it",
    });
  }
  const missing = names.find((name, at) => !command.arguments[name]?.optional && !found[at]);
  if (missing !== undefined) {
    throw new InvalidInputError({
      action: "run",
      place: command.name,
      expected: `<${missing}>`,
      found: "nothing",
      remedy: `see "deno task ${command.name} --help"`,
    });
  }
  return Object.fromEntries(
    names.map((name, at) => [name, at === many ? found.slice(at) : found[at]]),
  );
}

/**
 * Returns a value that may be given as an argument or as a flag of the same name.
 *
 * @throws {InvalidInputError} If neither is given, or both
 */
export function oneOf(
  { name: command }: Pick<Command, "name">,
  name: string,
  argument: string | undefined,
  flag: string | undefined,
): string {
  if (argument !== undefined && flag !== undefined) {
    throw new InvalidInputError({
      action: "run",
      place: command,
      expected: `one ${name}`,
      found: `"${argument}" and "--${flagName(name)} ${flag}"`,
      remedy: "omit one",
    });
  }
  const value = argument ?? flag;
  if (value !== undefined) return value;
  throw new InvalidInputError({
    action: "run",
    place: command,
    expected: `<${name}>`,
    found: "nothing",
    remedy: `see "deno task ${command} --help"`,
  });
}

function refusal(
  command: Command,
  name: string,
  problem: string,
  remedy: string,
): InvalidInputError {
  return new InvalidInputError({
    action: `run "${command.name}" with`,
    place: `--${flagName(name)}`,
    problem,
    remedy,
  });
}
