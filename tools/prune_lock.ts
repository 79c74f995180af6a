import { defineCommand } from "../cli/kit/flags.ts";
import { runCommand } from "../cli/kit/run_command.ts";

/**
 * Takes out of the lock file what no supported machine loads, so that no installation has it:
 * `deno task lock`, after a change of the dependencies.
 */

/** Packages that others ask for, by the beginning of their name, and why they are never loaded. */
const NEVER_LOADED: Readonly<Record<string, string>> = {
  "@swc/core-linux-x64-musl": "Deno itself asks for glibc; the registry's field libc is not read",
  "@swc/core-linux-arm64-musl": "so too",
  "@dimforge/rapier3d-compat": "@types/three names its types in examples alone",
};

/** The lock file of the project. */
export const LOCK_FILE = new URL("../deno.lock", import.meta.url);

/** The text of a lock file without the packages that are never loaded. */
export function pruneLock(text: string): string {
  for (const name of Object.keys(NEVER_LOADED)) {
    const entry = new RegExp(`^    "${name}@[^"]*": \\{\n(?:      .*\n)*    \\},?\n`, "gm");
    // As an item of a list: with the comma behind it or, where it is the last, the one before it.
    const item = new RegExp(`^ +"${name}",\n|,\n +"${name}"(?=\n)`, "gm");
    text = text.replace(entry, "").replace(item, "");
  }
  return text;
}

const LOCK = defineCommand({
  name: "lock",
  summary: "Removes unused entries from deno.lock, after a change of the dependencies.",
  arguments: {},
  flags: {},
  examples: [["deno task lock", "after deno.json has changed"]],
});

if (import.meta.main) {
  await runCommand(LOCK, async () => {
    await Deno.writeTextFile(LOCK_FILE, pruneLock(await Deno.readTextFile(LOCK_FILE)));
    return 0;
  });
}
