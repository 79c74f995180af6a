import { childEnvironment, type VariableGroup } from "../core/child_environment.ts";

/** What programs that this process starts find in their environment: see {@linkcode childEnvironment}. */
export function givenEnvironment(groups: readonly VariableGroup[] = []): Record<string, string> {
  return childEnvironment(Deno.env.toObject(), groups);
}
