import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { COMMAND_SECONDS, COMMANDS, type CommandSequence, MAX_COMMANDS } from "./commands.ts";

/** Names that the option `path` takes. */
export const PATH_NAMES = [
  "commands",
  "random",
  "four",
  "circle",
  "figure8",
  "straight",
  "zigzag",
  "zigzag_source",
] as const;

type PathName = typeof PATH_NAMES[number];

/** Reference to follow: paths or drawn commands by name, or the same commands in every episode. */
export type PathChoice = PathName | CommandSequence;

/** Parts of a second that the time of a command is given in. */
const TENTHS = 10;
/** Longest duration of a drawn sequence (tenths of a second). */
const MAX_TENTHS = Math.round(MAX_COMMANDS * COMMAND_SECONDS * TENTHS);

/**
 * Reads the option `path`: a name, or commands with their seconds (1.6 where none are given), such as
 * `forward 3.2, stand, turn_left 2`.
 *
 * An episode keeps commands of one length, so what is declared is cut into the longest that all are
 * multiples of: the example comes to two, four and five of 0.4 s.
 *
 * @throws {InvalidInputError} If it is neither; the message names what is unknown
 */
export function readPathChoice(text: string): PathChoice {
  const name = PATH_NAMES.find((name) => name === text);
  if (name !== undefined) return name;
  const parts = text.split(",").map((part) => part.trim().split(/\s+/));
  const declared = parts.map((words) => readCommand(words, text));
  const total = declared.reduce((sum, { tenths }) => sum + tenths, 0);
  if (total > MAX_TENTHS) {
    throw refusal(
      `at most ${MAX_TENTHS / TENTHS} s of commands`,
      `${total / TENTHS} s`,
      "shorten it",
    );
  }
  const slot = declared.reduce((divisor, { tenths }) => commonDivisor(divisor, tenths), 0);
  const commands = declared.flatMap(({ command, tenths }) =>
    Array.from({ length: tenths / slot }, () => command)
  );
  if (commands.length > MAX_COMMANDS) {
    throw refusal(
      `times that are multiples of one, at most ${MAX_COMMANDS} of it in all`,
      `${commands.length} of ${slot / TENTHS} s`,
      "round them, e.g. to half a second",
    );
  }
  return { commands, seconds: slot / TENTHS };
}

function readCommand(
  [name = "", seconds, ...more]: readonly string[],
  text: string,
): { readonly command: number; readonly tenths: number } {
  const command = COMMANDS.findIndex((known) => known === name) + 1;
  if (command === 0) {
    const known = [...PATH_NAMES, ...COMMANDS];
    throw refusal(
      `${PATH_NAMES.join(" or ")} or commands such as "forward 3.2, stand, turn_left 2"`,
      JSON.stringify(name === "" ? text : name),
      suggestName(name, known),
    );
  }
  const tenths = Number(seconds ?? COMMAND_SECONDS) * TENTHS, whole = Math.round(tenths);
  if (!(whole >= 1) || Math.abs(tenths - whole) > 1e-9 || more.length > 0) {
    throw refusal(
      `seconds in steps of 0.1 behind "${name}"`,
      JSON.stringify([seconds, ...more].join(" ")),
      `write e.g. "${name} ${COMMAND_SECONDS}"`,
    );
  }
  return { command, tenths: whole };
}

function commonDivisor(a: number, b: number): number {
  return a === 0 ? b : commonDivisor(b % a, a);
}

function refusal(expected: string, found: string, remedy: string): InvalidInputError {
  return new InvalidInputError({
    action: 'set option "path" of environment',
    place: "quadruped",
    expected,
    found,
    remedy,
  });
}
