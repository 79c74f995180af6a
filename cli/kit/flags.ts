/**
 * Command lines, declared as tables: from one table come the parser, the types of what it returns
 * and the help text. The key of a flag is its name in camelCase; a person writes it with hyphens,
 * with underscores or as it stands (`--max-steps`, `--max_steps`, `--maxSteps`).
 */

interface FlagBase {
  readonly description: string;
  /** Other names, as written after `--`. */
  readonly aliases?: readonly string[];
  /** Whether only other commands of the project pass it; such flags are not in help texts. */
  readonly internal?: true;
}

/** Flag that is on if present, and otherwise off. */
export interface BooleanFlag extends FlagBase {
  readonly type: "boolean";
}

export interface TextFlag extends FlagBase {
  readonly type: "text";
  /** Placeholder for the value in help texts. */
  readonly placeholder: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Reason why other choices are rejected, if listing the choices is not enough. */
  readonly remedy?: string;
}

/** May stand more than once; the values in order. */
export interface ListFlag extends FlagBase {
  readonly type: "list";
  readonly placeholder: string;
}

export interface NumberFlag extends FlagBase {
  readonly type: "integer" | "number";
  readonly placeholder?: string;
  readonly default?: number;
  /** Inclusive bounds. */
  readonly min?: number;
  readonly max?: number;
}

/** A flag of other tools that has no meaning here; the description says why. */
export interface RefusedFlag extends FlagBase {
  readonly type: "refused";
}

export type FlagSpec = BooleanFlag | TextFlag | ListFlag | NumberFlag | RefusedFlag;

/** The flags of a command, by camelCase name, in the order of the help text. */
export type FlagTable = Readonly<Record<string, FlagSpec>>;

/** Argument of the command line other than flags. */
export interface ArgumentSpec {
  readonly description: string;
  readonly optional?: true;
  /** One or more, any number where it is optional too; only the last may be. */
  readonly many?: true;
}

/** The arguments of a command by name, in order; optional ones last. */
export type ArgumentTable = Readonly<Record<string, ArgumentSpec>>;

/** Name, arguments, flags and description of a task. */
export interface Command<
  Flags extends FlagTable = FlagTable,
  Arguments extends ArgumentTable = ArgumentTable,
> {
  /** Name after `deno task`: `pipeline`, `schedule create`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Paragraphs below the summary. */
  readonly description?: string;
  readonly arguments: Arguments;
  readonly flags: Flags;
  /** Command lines, each with what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
}

/** Parsed value of a flag. */
export type FlagValue<Flag extends FlagSpec> = Flag extends { type: "boolean" } ? boolean
  : Flag extends { type: "list" } ? readonly string[]
  : Flag extends { type: "refused" } ? undefined
  :
    | (Flag extends { type: "text" } ? string : number)
    | (Flag extends { default: string | number } ? never
      : undefined);

/** Parsed values of a table of flags. */
export type FlagValues<Flags extends FlagTable> = {
  readonly [Name in keyof Flags]: FlagValue<Flags[Name]>;
};

/** Parsed values of a table of arguments. */
export type ArgumentValues<Arguments extends ArgumentTable> = {
  readonly [Name in keyof Arguments]: Arguments[Name] extends { many: true } ? readonly string[]
    : Arguments[Name] extends { optional: true } ? string | undefined
    : string;
};

/** A command line that was understood. */
export interface CommandInput<Flags extends FlagTable, Arguments extends ArgumentTable> {
  readonly flags: FlagValues<Flags>;
  readonly arguments: ArgumentValues<Arguments>;
}

/** Input of a command with these tables. */
export type InputOf<Declared> = Declared extends Command<infer Flags, infer Arguments>
  ? CommandInput<Flags, Arguments>
  : never;

/** Declares a command; the types of flags and arguments follow from the tables. */
export function defineCommand<const Flags extends FlagTable, const Arguments extends ArgumentTable>(
  command: Command<Flags, Arguments>,
): Command<Flags, Arguments> {
  return command;
}

/** Converts `maxSteps` to its written form: `max-steps`. */
export function flagName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
