import type { CommandPolicy } from "./registered_commands.ts";

/**
 * Names the user's code between a command line, a worker and its threads: a module by its `file:`
 * URL, the command of a policy that a flag gives by a URL that contains it.
 */

const SCHEME = "policy-command:";

/** The URL of a policy's command. */
export function policyCommandUrl(policy: CommandPolicy): string {
  return SCHEME + encodeURIComponent(JSON.stringify(policy));
}

/** The policy whose command a URL holds, null where it is a module's. */
export function policyCommandOf(url: string): CommandPolicy | null {
  if (!url.startsWith(SCHEME)) return null;
  return JSON.parse(decodeURIComponent(url.slice(SCHEME.length))); // of policyCommandUrl()
}
