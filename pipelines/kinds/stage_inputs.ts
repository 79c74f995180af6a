import type { AnyStage } from "./kind.ts";
import { findKind } from "./registry.ts";

/** The stages that a stage reads: those in `from`, and those that its parameters name. */

/** A parameter that names a stage of the same pipeline, with what else it says. */
export interface StageReference {
  readonly from: string;
}

/** A stage as far as its inputs are concerned. */
type Reading = Pick<AnyStage, "kind" | "from">;

/** Names in `from`, in declared order. */
export function fromOf({ from }: Reading): readonly string[] {
  return [from ?? []].flat();
}

/** The parameters of a stage that name stages, with the names, in the order in which its kind lists them. */
export function parameterInputs(
  stage: Reading,
): readonly (readonly [parameter: string, name: string])[] {
  const values = new Map<string, unknown>(Object.entries(stage));
  return Object.entries(findKind(stage.kind)?.stored ?? {}).flatMap(
    ([parameter, { fromStage }]) => {
      const value = values.get(parameter);
      return fromStage !== undefined && isReference(value)
        ? [[parameter, value.from] as const]
        : [];
    },
  );
}

/** A stage with other names in `from`, of which one may stand for several. */
export function withInputs(
  stage: AnyStage,
  namesFor: (name: string) => readonly string[],
): AnyStage {
  const { from } = stage;
  if (from === undefined) return stage;
  const names = fromOf(stage).flatMap(namesFor);
  return { ...stage, from: names.length === 1 && typeof from === "string" ? names[0] : names };
}

/** A stage with other names in its parameters. */
export function withParameterInputs(stage: AnyStage, nameFor: (name: string) => string): AnyStage {
  const renamed = parameterInputs(stage).map(([parameter, name]) => {
    const value = stage[parameter];
    return [parameter, { ...(isReference(value) ? value : {}), from: nameFor(name) }] as const;
  });
  return { ...stage, ...Object.fromEntries(renamed) };
}

/** The value of a parameter that is a text, which names something stored. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Whether the value of a parameter names a stage. */
export function isReference(value: unknown): value is StageReference {
  return typeof value === "object" && value !== null && "from" in value &&
    typeof value.from === "string";
}
