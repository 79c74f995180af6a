import { InvalidInputError } from "../../core/errors.ts";
import type { StageKindDefinition } from "./kind.ts";

const kinds = new Map<string, StageKindDefinition>();

/** Makes a kind known in this process. @throws {InvalidInputError} If the name is taken */
export function registerKind(definition: StageKindDefinition): void {
  const { kind } = definition;
  if (kinds.has(kind)) {
    throw new InvalidInputError({
      action: "register kind of stage",
      place: kind,
      expected: "a new name",
      found: "one that is taken",
      remedy: "rename it",
    });
  }
  kinds.set(kind, definition);
}

/** Every kind of stage: those of the project, then those of modules, in the order of registration. */
export function listKinds(): readonly StageKindDefinition[] {
  return [...kinds.values()];
}

/** Returns the kind of a name, undefined if there is none. */
export function findKind(kind: string): StageKindDefinition | undefined {
  return kinds.get(kind);
}

/**
 * The kind of a stage of a checked declaration.
 *
 * @throws {TypeError} If there is none of that name
 */
export function kindOf({ kind }: { readonly kind: string }): StageKindDefinition {
  const found = kinds.get(kind);
  if (found === undefined) throw new TypeError(`Cannot find kind of stage "${kind}"`);
  return found;
}
