import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { isPassable } from "../../core/child_environment.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { type CameraDeclaration, CAMERAS } from "../../pipelines/kinds/cameras.ts";
import { NAME_PATTERN } from "../../pipelines/places.ts";

/** Programs that modules, or flags of commands, make known by a name. */

/** A program, as its argument list. It is run without a shell. */
export interface ProgramCommand {
  /** The name by which declarations refer to it: a-z, 0-9, - and _, at most 63 characters. */
  readonly name: string;
  /** The program and its arguments, e.g. `["python", "my_policy.py"]`. */
  readonly command: readonly string[];
  /**
   * Directory that it runs in, to which its files are relative: an absolute path or a `file:` URL,
   * `import.meta.dirname` of a module. The working directory of the worker where absent.
   */
  readonly directory?: string;
  /**
   * Files and directories whose contents decide what it computes, beside those that the argument list
   * names: results are found again as long as none of them changes. Of a program without any known
   * file no result is ever found again.
   */
  readonly files?: readonly string[];
  /** Variables of the worker's environment that it is given beside the usual ones; no secrets. */
  readonly variables?: readonly string[];
}

/**
 * A policy that a program computes, such as one that serves by `sluice.serve_policy()`. In its
 * arguments `{input}` stands for the path of the output of the stage that
 * `policy: { command: NAME, from: STAGE }` of an evaluation names.
 */
export interface CommandPolicy extends ProgramCommand {
  /** Names of the environments that it acts in; all where absent. */
  readonly environments?: readonly string[];
  /**
   * Seconds until it is ready to act.
   *
   * @default {120}
   */
  readonly startSeconds?: number;
  /**
   * Seconds until it answers observations.
   *
   * @default {60}
   */
  readonly actSeconds?: number;
  /**
   * Episodes whose observations it is given together, at most, in [1, 4096].
   *
   * @default {32}
   */
  readonly worlds?: number;
  /**
   * Cameras whose images it sees in addition to the environment's fields, as `cameras` of a generate
   * stage declares them. They are not recorded.
   */
  readonly cameras?: readonly CameraDeclaration[];
}

/** A program that is registered, and what it is. */
export interface RegisteredCommand {
  readonly role: "policy" | "stage";
  readonly program: ProgramCommand;
  /** Environments of a policy, see {@linkcode CommandPolicy.environments}. */
  readonly environments?: readonly string[];
  /** Cameras of a policy, see {@linkcode CommandPolicy.cameras}. */
  readonly cameras?: readonly CameraDeclaration[];
  /** Whether a policy's arguments have the template {@linkcode INPUT}. */
  readonly takesInput?: boolean;
}

/** Stands in the arguments of a policy for the path of what the stage has left that it reads. */
export const INPUT = "{input}";

const policies = new Map<string, CommandPolicy>(), stages = new Map<string, ProgramCommand>();

/**
 * Makes a policy known that another program computes, whose command a module names. Stages refer to
 * it by `policy: { command: NAME }`. `docs/python.md` shows a whole one.
 *
 * @throws {InvalidInputError} If another has the name, or something of it cannot be
 */
export function registerCommandPolicy(policy: CommandPolicy): void {
  const resolved = { ...policy, ...checkProgram("policy", policy) };
  checkRange(policy, "startSeconds", 0, 86_400);
  checkRange(policy, "actSeconds", 0, 86_400);
  checkRange(policy, "worlds", 1, 4096);
  checkTypesOfCameras(policy);
  requireFree("policy", resolved, policies.get(policy.name) ?? stages.get(policy.name));
  policies.set(policy.name, resolved);
}

/** Makes the program of a kind of stage known. @throws {InvalidInputError} As above */
export function registerProgram(program: ProgramCommand): ProgramCommand {
  const resolved = { ...program, ...checkProgram("kind", program) };
  requireFree("kind", resolved, policies.get(program.name) ?? stages.get(program.name));
  stages.set(program.name, resolved);
  return resolved;
}

/** Every registered program, policies first, each in order of registration. */
export function listCommands(): readonly RegisteredCommand[] {
  return [
    ...[...policies.values()].map((program) => ({
      role: "policy" as const,
      program,
      ...(program.environments === undefined ? {} : { environments: program.environments }),
      ...(program.cameras === undefined ? {} : { cameras: program.cameras }),
      takesInput: program.command.some((word) => word.includes(INPUT)),
    })),
    ...[...stages.values()].map((program) => ({ role: "stage" as const, program })),
  ];
}

/** A registered policy that is a program, undefined where there is none of the name. */
export function findCommandPolicy(name: string): CommandPolicy | undefined {
  return policies.get(name);
}

/** A command line is read more than once, and gives the same program each time. */
function requireFree(what: string, program: ProgramCommand, present: ProgramCommand | undefined) {
  if (present === undefined || JSON.stringify(present) === JSON.stringify(program)) return;
  throw refusal(what, program.name, {
    expected: "a new name",
    found: "one that is taken",
    remedy: "rename it",
  });
}

/** Checks what every program has. @returns The directory as a path */
function checkProgram(
  what: string,
  { name, command, directory, variables = [] }: ProgramCommand,
): Pick<ProgramCommand, "directory"> {
  if (!NAME_PATTERN.test(name)) {
    throw refusal(what, name, {
      expected: "a name of a-z, 0-9, - and _ that begins with a letter",
      found: "another",
      remedy: "rename it",
    });
  }
  if (command.length === 0 || command[0] === "" || command.some((word) => word.includes("\0"))) {
    throw refusal(what, name, {
      expected: "a program and its arguments, as a list of texts",
      found: JSON.stringify(command),
      remedy: 'write e.g. command: ["python", "my_policy.py"]',
    });
  }
  const refused = variables.find((variable) => !isPassable(variable));
  if (refused !== undefined) {
    throw refusal(what, name, {
      expected: "variables without secrets",
      found: refused,
      remedy: "let the program read secrets from a file",
    });
  }
  if (directory === undefined) return {};
  const place = directory.startsWith("file:") ? fileURLToPath(directory) : directory;
  if (isAbsolute(place)) return { directory: place };
  throw refusal(what, name, {
    expected: "an absolute path as directory",
    found: directory,
    remedy: "give import.meta.dirname",
  });
}

function checkRange(
  policy: CommandPolicy,
  field: "startSeconds" | "actSeconds" | "worlds",
  low: number,
  high: number,
): void {
  const value = policy[field];
  if (value === undefined || (value >= low && value <= high && value > 0)) return;
  throw refusal("policy", policy.name, {
    expected: `${field} in [${low}, ${high}]`,
    found: String(value),
    remedy: "choose a value in that range",
  });
}

/** Checks types and ranges; where the policy is used, its views are looked up. */
function checkTypesOfCameras({ name, cameras }: CommandPolicy): void {
  const issue = cameras === undefined ? undefined : CAMERAS.safeParse(cameras).error?.issues[0];
  if (issue === undefined) return;
  throw refusal("policy", name, {
    expected: "cameras as a generate stage declares them",
    found: `at ${["cameras", ...issue.path].join(".")} another: ${issue.message}`,
    remedy: "see docs/cameras.md",
  });
}

function refusal(
  what: string,
  name: string,
  fields: Readonly<Record<"expected" | "found" | "remedy", string>>,
): InvalidInputError {
  const action = `register the command of ${what}`;
  return new InvalidInputError({ action, place: name, ...fields });
}
