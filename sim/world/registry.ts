import type { EpisodeSchema } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName, suggestRegistered } from "../../core/suggest.ts";
import { DECLARED } from "../declared/environment.ts";
import { withRegistered } from "./registered_policies.ts";
import { declaredFrom } from "../declared/source.ts";
import type { EnvironmentDefinition, EnvironmentOptions } from "./environment.ts";
import { pickPlace } from "../arm/pick_place/pick_place.ts";
import { pushT } from "../push_t/push_t.ts";
import { quadruped } from "../quadruped/quadruped.ts";
import { reach } from "../arm/reach.ts";

const environments = new Map<string, EnvironmentDefinition>(
  [reach, pickPlace, pushT, quadruped].map((definition) => [definition.name, definition]),
);

const builtin: ReadonlySet<string> = new Set(environments.keys());

/** Whether an environment comes with Sluice, and is not code of its user. */
export function isBuiltinEnvironment(name: string): boolean {
  return builtin.has(name) || name === DECLARED;
}

/**
 * Makes an environment known by its name, in this process: one that does not come with Sluice is
 * registered by a module that workers load too. `docs/extending.md` shows a whole one.
 *
 * @throws {InvalidInputError} If another environment has the name
 */
export function registerEnvironment(definition: EnvironmentDefinition): void {
  const present = environments.get(definition.name);
  const isTaken = present !== undefined || definition.name === DECLARED;
  if (isTaken && present !== definition) {
    throw new InvalidInputError({
      action: "register environment",
      place: definition.name,
      expected: "a new name",
      found: "one that is taken",
      remedy: "rename it",
    });
  }
  environments.set(definition.name, definition);
}

/**
 * @param options What to choose of the environment; its defaults unless given
 * @throws {InvalidInputError} If there is no such environment or option; the message lists those
 * there are
 */
export function getEnvironment(
  name: string,
  options: EnvironmentOptions = {},
): EnvironmentDefinition {
  const definition = name === DECLARED ? declaredFrom({}) : environments.get(name);
  if (definition !== undefined) {
    const resolved = resolveOptions(definition, options);
    return withPolicies(definition.withOptions?.(resolved) ?? definition);
  }
  const known = [...environments.keys()];
  throw new InvalidInputError({
    action: "find environment",
    place: name,
    expected: "a registered one",
    found: "none of that name",
    remedy: suggestRegistered(name, known),
  });
}

/**
 * The environment that episodes are of, with the options that they were simulated with.
 *
 * @throws {InvalidInputError} If there is no such environment or option
 */
export function environmentOf({ environment, options }: EpisodeSchema): EnvironmentDefinition {
  return getEnvironment(environment, options);
}

/**
 * Every registered environment, in order of registration. Those from files, which are all called
 * `declared`, are not among them: `getEnvironment()` makes each of its options.
 */
export function listEnvironments(): readonly EnvironmentDefinition[] {
  return [...environments.values()].map(withPolicies);
}

/**
 * Options of an environment, with its defaults filled in.
 *
 * @throws {InvalidInputError} If it has no such option, or not with that value
 */
export function resolveOptions(
  { name: environment, options: known = [] }: EnvironmentDefinition,
  options: EnvironmentOptions,
): EnvironmentOptions {
  for (const [name, value] of Object.entries(options)) {
    const option = known.find((option) => option.name === name);
    const what = { action: `set option "${name}" of environment`, place: environment };
    if (option === undefined) {
      const names = known.map((option) => option.name);
      throw new InvalidInputError({
        ...what,
        expected: names.length === 0 ? "no option" : names.join(", "),
        remedy: suggestName(name, names),
      });
    }
    const { values } = option;
    if (option.text && typeof value === "string") continue;
    const fits = values === undefined
      ? typeof value === "boolean"
      : typeof value === "string" && values.includes(value);
    if (fits) continue;
    const expected = option.text ? "a text" : values?.join(" or ") ?? "true or false";
    throw new InvalidInputError({
      ...what,
      expected,
      found: JSON.stringify(value),
      remedy: suggestName(String(value), values ?? ["true", "false"]),
    });
  }
  return {
    ...Object.fromEntries(known.map((option) => [option.name, option.default])),
    ...options,
  };
}

/** Environments from files bring the registered policies themselves, with what their config tells. */
function withPolicies(definition: EnvironmentDefinition): EnvironmentDefinition {
  return definition.name === DECLARED ? definition : withRegistered(definition);
}
