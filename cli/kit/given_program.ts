import { statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { environmentVariables, workingDirectory } from "./places.ts";

/** Endings of files that an interpreter runs. */
const SCRIPT = /\.(py|ts|js|mjs|mts|sh|rb|pl|jl|r)$/i;

/**
 * Checks that the program of a command line, and the script that it names, are there: a worker would
 * find that they are not only when a stage needs them.
 *
 * @param flag The flag that gives it, with its value, for messages
 * @throws {InvalidInputError} If one of both is missing
 */
export function requireProgram(
  flag: string,
  [program = "", ...words]: readonly string[],
): void {
  if (!isProgram(program)) {
    throw new InvalidInputError({
      action: `use ${flag}`,
      expected: program.includes("/")
        ? `the program "${program}"`
        : `the program "${program}" on the PATH`,
      found: "none that can be run",
      remedy: "install it, or correct the command",
    });
  }
  const script = words.find((word) => !word.startsWith("-") && SCRIPT.test(word));
  if (script === undefined) return;
  const file = resolve(workingDirectory(), script);
  if (isFile(file)) return;
  throw new InvalidInputError({
    action: `use ${flag}`,
    expected: `the script "${script}"`,
    found: `no file at "${file}"`,
    remedy: "check the path",
  });
}

/** Whether a program is there, by its path or on the PATH. */
function isProgram(program: string): boolean {
  if (program.includes("/")) return isExecutable(resolve(workingDirectory(), program));
  const path = environmentVariables()["PATH"] ?? "";
  return path.split(delimiter).some((folder) =>
    folder !== "" && isExecutable(join(folder, program))
  );
}

function isExecutable(path: string): boolean {
  const stat = statOf(path);
  return stat !== null && stat.isFile() && (stat.mode & 0o111) !== 0;
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}

/** What lies at a path; null if nothing does, or it cannot be told. */
function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
