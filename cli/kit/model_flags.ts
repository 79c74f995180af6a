import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { listModels, objectSchema } from "../../learn/mod.ts";
import type { FlagSpec, FlagTable } from "./flags.ts";
import { readHyperparameters } from "./option_flag.ts";

/**
 * A flag for every single number, switch or choice among the hyperparameters of the models that come
 * with Sluice; the others are set by `--option`.
 *
 * @param taken Flags that the command has itself, whose names and aliases win
 */
export function modelFlags(taken: FlagTable): FlagTable {
  const names = Object.entries(taken).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const flags: Record<string, FlagSpec> = {};
  for (const { name: model, parameters } of listModels()) {
    const { properties = {} } = z.toJSONSchema(objectSchema(parameters), { io: "input" });
    for (const [name, schema] of Object.entries(properties)) {
      const hyphenated = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (names.includes(name) || names.includes(hyphenated) || typeof schema === "boolean") {
        continue;
      }
      const flag = flagOf(schema, model);
      if (flag !== null) flags[name] ??= { ...flag, aliases: ALIASES[name] ?? [] };
    }
  }
  return flags;
}

/** Spellings of other tools. */
const ALIASES: Readonly<Record<string, readonly string[]>> = { horizon: ["path-horizon"] };

/** @returns Null for what one word cannot say */
function flagOf(schema: z.core.JSONSchema.BaseSchema, model: string): FlagSpec | null {
  const description = `${schema.description ?? ""} (${model}; ${JSON.stringify(schema.default)})`;
  if (schema.type === "integer") return { type: "integer", description };
  if (schema.type === "number") return { type: "number", placeholder: "X", description };
  if (!Array.isArray(schema.enum)) return null;
  return { type: "text", placeholder: "NAME", description, choices: schema.enum.map(String) };
}

/** Hyperparameters that flags and `--option name=value` set, by name. */
export function modelOptions(
  flags: Readonly<Record<string, unknown>>,
  table: FlagTable,
  assignments: readonly string[],
): Readonly<Record<string, JsonValue>> {
  const named = Object.keys(table).flatMap((name) => {
    const value = flags[name];
    return typeof value === "number" || typeof value === "string" ? [[name, value] as const] : [];
  });
  return { ...Object.fromEntries(named), ...readHyperparameters(assignments) };
}
