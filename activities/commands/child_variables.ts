import { childEnvironment } from "../../core/child_environment.ts";

/**
 * The environment of a program of the user's: what every child has, libraries, Python's own and the
 * variables that its registration lists.
 */
export function programEnvironment(variables: readonly string[]): Record<string, string> {
  return childEnvironment(Deno.env.toObject(), ["libraries", "python"], variables);
}
