import { childEnvironment, type VariableGroup } from "../core/child_environment.ts";

/**
 * Returns the environment for programs that this process starts: see {@linkcode childEnvironment}.
 */
export function givenEnvironment(
  groups: readonly VariableGroup[] = [],
  more: readonly string[] = [],
): Record<string, string> {
  return childEnvironment(Deno.env.toObject(), groups, more);
}
