import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { EnvironmentOptions } from "../../sim/mod.ts";

/** `--option NAME=VALUE`: what a model or an environment leaves to choose. */

/**
 * Hyperparameters of a model by name; a value is JSON where it is JSON, else a text.
 *
 * @throws {InvalidInputError} If one is no `name=value`
 */
export function readHyperparameters(
  assignments: readonly string[],
): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(assignments.map((assignment) => {
    const [name, text] = split(assignment, "targetNoise='{\"px\":2}'");
    try {
      return [name, z.json().parse(JSON.parse(text))];
    } catch {
      return [name, text];
    }
  }));
}

/**
 * Options of an environment by name; a value is `true`, `false` or a text.
 *
 * @throws {InvalidInputError} If one is no `name=value`
 */
export function readChoices(assignments: readonly string[]): EnvironmentOptions {
  return Object.fromEntries(assignments.map((assignment) => {
    const [name, text] = split(assignment, "path=circle");
    return [name, text === "true" || text === "false" ? text === "true" : text];
  }));
}

function split(assignment: string, example: string): readonly [name: string, value: string] {
  const [, name, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(assignment) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new InvalidInputError({
    action: "use",
    place: "--option",
    expected: "name=value",
    found: `"${assignment}"`,
    remedy: `e.g. --option ${example}`,
  });
}
