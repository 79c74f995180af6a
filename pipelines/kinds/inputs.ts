import type { ArtifactType, StageKindDefinition } from "./kind.ts";
import { listKinds } from "./registry.ts";

/** Checks which inputs kinds can read, by the types that other kinds write. */

/** A trained model acts as a policy; whether one does is looked up with the model. */
const ALSO: Readonly<Partial<Record<ArtifactType, ArtifactType>>> = { policy: "model" };

/** Types that a kind reads, in the order in which messages name them. */
function typesRead({ reads }: StageKindDefinition): readonly string[] {
  return Object.keys(reads).flatMap((type) => [type, ALSO[type as ArtifactType] ?? []]).flat(); // its keys
}

/** Whether a stage of a kind can read the output of a stage of another. */
export function reads(kind: StageKindDefinition, input: StageKindDefinition): boolean {
  if (!typesRead(kind).includes(input.gives)) return false;
  // Checks of a chain come in an order.
  return kind.chain === undefined || input.chain === undefined ||
    input.chain.order < kind.chain.order;
}

/** Names of the kinds whose output a kind reads. */
export function kindsRead(kind: StageKindDefinition): readonly string[] {
  return typesRead(kind).flatMap((type) =>
    listKinds().filter((input) => input.gives === type && reads(kind, input))
  ).map(({ kind }) => kind);
}

/** Names of the kinds whose stages write a type. */
export function kindsGiving(type: ArtifactType): readonly string[] {
  return listKinds().filter(({ gives }) => gives === type).map(({ kind }) => kind);
}

/** Names of the kinds whose stages a parameter of a kind can name. */
export function kindsFor(
  { stored = {} }: StageKindDefinition,
  parameter: string,
): readonly string[] {
  const type = stored[parameter]?.fromStage;
  if (type === undefined) return [];
  return [type, ALSO[type] ?? []].flat().flatMap(kindsGiving);
}

/** Returns the maximum number of inputs of a kind. */
export function mostInputs({ reads }: StageKindDefinition): number {
  return Object.values(reads).reduce((sum, count) => sum + (count === 1 ? 1 : count[1]), 0);
}

/** The parameter that stands in for an input stage, undefined if none does. */
export function sourceParameter({ stored = {} }: StageKindDefinition): string | undefined {
  return Object.entries(stored).find(([, { replacesInput }]) => replacesInput)?.[0];
}
