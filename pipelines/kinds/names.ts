import type { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";

type Path = Finding["path"];

/**
 * Finds names that are not among those known.
 *
 * @param known Undefined if nothing is known, so that nothing can be said
 */
export function unknownNames(
  path: Path,
  names: readonly string[],
  known: readonly string[] | undefined,
): readonly Finding[] {
  if (known === undefined) return [];
  return names.filter((name) => !known.includes(name)).map((name) => ({
    check: "unknown-option",
    path: [...path, name],
    problem: `there is no "${name}" to set`,
    remedy: suggestName(name, known),
  }));
}

/** A registered thing by name; a plain lookup would find what every object has. */
export function factsOf<Facts>(
  registered: Readonly<Record<string, Facts>>,
  name: string,
): Facts | undefined {
  return Object.hasOwn(registered, name) ? registered[name] : undefined;
}

/** Converts an error to a finding. */
export function partsOf(
  { problem, remedy }: InvalidInputError,
): Pick<Finding, "problem" | "remedy"> {
  return { problem, remedy: remedy ?? "change that value" };
}
