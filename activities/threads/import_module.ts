import { fileURLToPath } from "node:url";
import { InvalidInputError, messageOf, SluiceError } from "../../core/errors.ts";
import { policyCommandOf } from "../commands/code_url.ts";
import { registerCommandPolicy } from "../commands/registered_commands.ts";

/**
 * Loads a module of the user's, for what it registers, or registers the command of a policy.
 *
 * @param url The `file:` URL of the module, or the URL that holds the command
 * @throws {InvalidInputError} If it cannot be loaded; the message names the file and what it threw
 */
export async function importModule(url: string): Promise<void> {
  const policy = policyCommandOf(url);
  if (policy !== null) return registerCommandPolicy(policy);
  try {
    await import(/* webpackIgnore: true */ url);
  } catch (error) {
    const isOurs = error instanceof SluiceError;
    throw new InvalidInputError({
      action: "load module",
      place: nameOf(url),
      expected: "it to load",
      found: isOurs ? error.problem : messageOf(error),
      remedy: (isOurs ? error.remedy : null) ?? "fix the module",
    });
  }
}

/** Most characters that are shown of a module that is no file. */
const SHOWN = 80;

function nameOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url.slice(0, SHOWN);
}
