import type { PipelineDeclaration } from "./graph.ts";

/** The name by which `--set` reaches the rounds of a declaration. */
const ROUNDS = "rounds";

/** Whether an assignment is to the rounds of a declaration; a stage of that name comes first. */
export function isOfRounds(name: string, { rounds, stages }: PipelineDeclaration): boolean {
  return name === ROUNDS && rounds !== undefined && !Object.hasOwn(stages, ROUNDS);
}

/** A declaration with a field of its rounds replaced by what may not be of its type. */
export function withRounds(
  declaration: PipelineDeclaration,
  field: string,
  value: unknown,
): PipelineDeclaration {
  const { rounds = { of: [], count: 0 } } = declaration;
  // Whatever it is now is checked by the schema of rounds before anything is made of it.
  return { ...declaration, rounds: { ...rounds, [field]: value } };
}
