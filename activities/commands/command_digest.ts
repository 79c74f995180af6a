import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { digestOf, requireJson } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { CAMERAS } from "../../pipelines/kinds/cameras.ts";
import type { CommandPolicy, ProgramCommand } from "./registered_commands.ts";

/** Facts that tell the code of a program apart, as far as its files are known. */
export interface ProgramIdentity {
  /** SHA-256 of its arguments, in which files stand for their contents, and of its declared files. */
  readonly digest: string;
  /** Whether any file of it is known: of others an equal digest does not mean equal code. */
  readonly isKnown: boolean;
}

/** Most files of a declared directory. */
const MAX_FILES = 100_000;

/**
 * The identity of a program: of each argument that names a file, also behind `--name=`, the contents
 * of the file; of others the text. The program itself is named by its text, for an interpreter says
 * nothing of what it will run, unless it is a script. The cameras of a policy are part of it.
 *
 * @throws {InvalidInputError} If a declared file is not there
 */
export function identifyProgram(
  { name, command: [program = "", ...words], directory = ".", files = [], cameras }:
    & ProgramCommand
    & Pick<CommandPolicy, "cameras">,
): ProgramIdentity {
  let isKnown = files.length > 0;
  const known = (digest: string) => {
    isKnown = true;
    return { file: digest };
  };
  const parts = words.map((word) => {
    const option = /^--?[\w-]+=/.exec(word)?.[0] ?? "";
    const place = word.slice(option.length);
    const digest = place === "" ? null : digestPlace(resolve(directory, place));
    return digest === null ? word : { option, ...known(digest) };
  });
  const script = program.includes("/") ? resolve(directory, program) : null;
  const first = script !== null && isScript(script) ? known(digestFile(script)) : basename(program);
  const declared = files.map((file) => {
    const digest = digestPlace(resolve(directory, file));
    if (digest !== null) return digest;
    throw new InvalidInputError({
      action: "use the command",
      place: name,
      expected: `the file "${file}" that it declares`,
      found: `nothing at "${resolve(directory, file)}"`,
      remedy: "create it, or change files or directory of the command",
    });
  });
  const seen: unknown = cameras === undefined ? undefined : CAMERAS.parse(cameras);
  if (seen !== undefined) requireJson(seen, "cameras");
  const identity = {
    command: [first, ...parts],
    files: declared,
    ...(seen === undefined ? {} : { cameras: seen }),
  };
  return { digest: digestOf(identity), isKnown };
}

/** SHA-256 of a file, or of the files of a directory by their paths; null where nothing is there. */
function digestPlace(place: string): string | null {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat?.isFile()) return digestFile(place);
  if (!stat?.isDirectory()) return null;
  const files = filesBelow(place, "");
  if (files.length > MAX_FILES) {
    throw new InvalidInputError({
      action: "use the directory of a command",
      place,
      expected: `at most ${MAX_FILES} files`,
      found: files.length,
      remedy: "declare the files that it reads",
    });
  }
  const lines = files.sort().map((file) => `${digestFile(join(place, file))}  ${file}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

/** Compiled files that Python writes beside its sources say nothing new. */
const COMPILED = "__pycache__";

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === COMPILED ? [] : filesBelow(root, path);
    return statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ? [path] : [];
  });
}

const BLOCK_BYTES = 1 << 20;

function digestFile(path: string): string {
  const hash = createHash("sha256"), block = new Uint8Array(BLOCK_BYTES);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const bytes = readSync(file, block);
      if (bytes === 0) return hash.digest("hex");
      hash.update(block.subarray(0, bytes));
    }
  } finally {
    closeSync(file);
  }
}

/** Whether a file names its interpreter in its first line. */
function isScript(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const file = openSync(path, "r"), begin = new Uint8Array(2);
  try {
    return readSync(file, begin) === 2 && begin[0] === 0x23 && begin[1] === 0x21; // #!
  } finally {
    closeSync(file);
  }
}
