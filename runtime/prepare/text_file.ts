import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { userPath } from "../data/data_root.ts";

/**
 * The text of a file that a person names.
 *
 * @param expected What it should hold, for the error
 * @throws {InvalidInputError} If it cannot be read or is no text
 */
export async function readTextFile(file: string, expected: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(userPath(file)));
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound
      ? "no such file"
      : error instanceof TypeError
      ? "bytes that are not UTF-8 text"
      : messageOf(error);
    throw new InvalidInputError(
      `Cannot read "${file}": expected ${expected}, found ${found}: check the path`,
    );
  }
}
