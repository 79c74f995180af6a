import { fileURLToPath } from "node:url";
import { InvalidInputError, messageOf } from "../../core/errors.ts";

/**
 * Loads a module of the user's, for what it registers.
 *
 * @param url Its `file:` URL
 * @throws {InvalidInputError} If it cannot be loaded; the message names the file and what it threw
 */
export async function importModule(url: string): Promise<void> {
  try {
    await import(url);
  } catch (error) {
    throw new InvalidInputError(
      `Cannot load module "${fileURLToPath(url)}": expected it to load, found ` +
        `${messageOf(error)}: fix the module`,
    );
  }
}
