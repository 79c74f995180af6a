import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { kindOf } from "../kinds/mod.ts";

/** One parameter as a help text shows it. */
export interface ParameterHelp {
  readonly name: string;
  /** E.g. `integer`, `number`, `boolean`, `list`, `object`. */
  readonly type: string;
  /** Absent if the parameter is required, or where its default depends on model or environment. */
  readonly default?: JsonValue;
  readonly required: boolean;
  readonly description: string;
}

/** The parameters of a kind of stage, in declared order, from the schema itself. */
export function describeParameters(kind: string): readonly ParameterHelp[] {
  return describeSchema(kindOf({ kind }).schema);
}

/** The properties of an object's schema, in declared order. */
export function describeSchema(object: z.ZodType): readonly ParameterHelp[] {
  const schema = z.toJSONSchema(object, { io: "input" });
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (name === "kind" || typeof property === "boolean") return [];
    return [{
      name,
      type: typeOf(property),
      required: required.includes(name),
      description: property.description ?? "",
      ...(property.default === undefined ? {} : { default: z.json().parse(property.default) }),
    }];
  });
}

function typeOf(schema: z.core.JSONSchema.BaseSchema): string {
  if (schema.type === "array") return "list";
  if (typeof schema.type === "string") return schema.type;
  const branches = (schema.anyOf ?? []).map((branch) =>
    typeof branch === "boolean" ? "any" : typeOf(branch)
  );
  return [...new Set(branches)].join(" or ");
}
