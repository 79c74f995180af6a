import { policyCommandUrl } from "../../activities/commands/code_url.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { workingDirectory } from "./places.ts";
import { flagName, type FlagTable, type FlagValues } from "./flags.ts";
import type { MODULE_FLAG } from "./module_flag.ts";
import { requireProgram } from "./given_program.ts";
import { splitCommand } from "./split_command.ts";

/** Name of a policy's command that a flag gives without one. */
export const GIVEN_COMMAND = "policy-command";

/** Gives the command of a policy that another program computes; no declaration holds one. */
export const POLICY_COMMAND_FLAG = {
  policyCommand: {
    type: "list",
    placeholder: "[NAME=]COMMAND",
    description:
      "Program that acts as a policy, e.g. 'python my_policy.py': split into words, run " +
      `without a shell. Declarations name it { command: NAME }, default ${GIVEN_COMMAND}`,
  },
} as const satisfies FlagTable;

type CodeFlags =
  & FlagValues<typeof MODULE_FLAG>
  & Partial<FlagValues<typeof POLICY_COMMAND_FLAG>>;

/**
 * All code that flags name: modules, and the commands of policies.
 *
 * @throws {InvalidInputError} If a command cannot be split into words, or its program or script is not
 * there
 */
export function codeOf({ module, policyCommand = [] }: CodeFlags): readonly string[] {
  return [...module, ...policyCommand.map(urlOf)];
}

/**
 * The policy that flags of a command with one policy name: the program of `--policy-command`.
 *
 * @param task Of the command
 * @param others Flags that name a policy in another way
 * @returns Null where there is no such flag
 * @throws {InvalidInputError} If there are several, or one has a name, or another flag names a policy
 */
export function givenCommand<Flags extends FlagValues<typeof POLICY_COMMAND_FLAG>>(
  task: string,
  flags: Flags,
  others: readonly (keyof Flags & string)[],
): { readonly command: string } | null {
  const [text, ...further] = flags.policyCommand;
  if (text === undefined) return null;
  const other = others.find((flag) => flags[flag] !== undefined && flags[flag] !== false);
  const found = further.length > 0
    ? "several"
    : other === undefined
    ? null
    : `--${flagName(other)} too`;
  if (found === null) return { command: nameOf(text) };
  throw new InvalidInputError({
    action: `run "${task}" with --policy-command`,
    expected: "one policy",
    found,
    remedy: "omit one",
  });
}

function nameOf(text: string): string {
  return NAMED.exec(text)?.[1] ?? GIVEN_COMMAND;
}

/** Pattern of a value that starts with a name. */
const NAMED = /^([a-z][a-z0-9_-]{0,62})=/;

function urlOf(text: string): string {
  const command = splitCommand(text.replace(NAMED, ""));
  if (command.length === 0) {
    throw new InvalidInputError({
      action: "use --policy-command",
      place: text,
      expected: "a program",
      found: "none",
      remedy: "write e.g. --policy-command 'python my_policy.py'",
    });
  }
  requireProgram(`--policy-command "${text}"`, command);
  return policyCommandUrl({ name: nameOf(text), command, directory: workingDirectory() });
}
