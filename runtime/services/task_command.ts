import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };

/**
 * Directory of deno.json: its tasks run there, and paths in their permissions are relative to it.
 */
export const PROJECT_DIRECTORY = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Returns the arguments with which Deno runs a task that is one program: its permissions, its file
 * and `flags`.
 */
export function taskArguments(
  task: keyof typeof config.tasks,
  flags: readonly string[],
): readonly string[] {
  const [, ...args] = config.tasks[task].command.split(" ");
  return [...args, ...flags];
}
