import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { readBounded } from "../data/bounded_file.ts";
import { userPath } from "../data/data_root.ts";

/** Largest text in bytes: a parser takes a quarter of it, in characters. */
const MAX_BYTES = 2 ** 22;

/**
 * Reads the text of a file that a person names.
 *
 * @param expected What it should hold, for the error
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If it cannot be read or is no text
 */
export async function readTextFile(
  file: string,
  expected: string,
  from: string,
): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      await readBounded(userPath(file, from), MAX_BYTES),
    );
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound
      ? "no such file"
      : error instanceof TypeError
      ? "bytes that are not UTF-8 text"
      : messageOf(error);
    throw new InvalidInputError({
      action: "read",
      place: file,
      expected,
      found,
      remedy: "check the path",
    });
  }
}
