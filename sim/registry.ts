import { InvalidInputError } from "../core/errors.ts";
import { suggestRegistered } from "../core/suggest.ts";
import type { EnvironmentDefinition } from "./environment.ts";
import { reach } from "./reach.ts";

const environments = new Map<string, EnvironmentDefinition>([[reach.name, reach]]);

const builtin: ReadonlySet<string> = new Set(environments.keys());

/** Whether an environment comes with Sluice, and is not code of its user. */
export function isBuiltinEnvironment(name: string): boolean {
  return builtin.has(name);
}

/**
 * Makes an environment known by its name, in this process: one that does not come with Sluice is
 * registered by a module that workers load too. `docs/extending.md` shows a whole one.
 *
 * @throws {InvalidInputError} If another environment has the name
 */
export function registerEnvironment(definition: EnvironmentDefinition): void {
  const present = environments.get(definition.name);
  if (present !== undefined && present !== definition) {
    throw new InvalidInputError(
      `Cannot register environment "${definition.name}": expected a new name, found one that is taken: rename it`,
    );
  }
  environments.set(definition.name, definition);
}

/** @throws {InvalidInputError} If there is no such environment; the message lists those there are */
export function getEnvironment(name: string): EnvironmentDefinition {
  const definition = environments.get(name);
  if (definition !== undefined) return definition;
  const known = [...environments.keys()];
  throw new InvalidInputError(
    `Cannot find environment "${name}": expected a registered one, found none of that name: ` +
      suggestRegistered(name, known),
  );
}

/** Every registered environment, in order of registration. */
export function listEnvironments(): readonly EnvironmentDefinition[] {
  return [...environments.values()];
}
