import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { userPath } from "../data/data_root.ts";

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
      await Deno.readFile(userPath(file, from)),
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
