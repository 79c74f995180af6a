import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { json, MAX_COUNT, name, path } from "./shared_fields.ts";

/** Parameters of kinds of stage, described as data: types, ranges and texts follow from them. */

/** Fields of every parameter beside its type. */
interface ParameterBase<Value> {
  /** Description for help texts and `docs/`. */
  readonly description: string;
  /** Value where a declaration gives none. */
  readonly default?: Value;
  /** Whether it may be absent, and then stays so; never together with a default. */
  readonly optional?: true;
}

/** A parameter of a kind of stage. */
export type ParameterSpec =
  | (ParameterBase<number> & {
    readonly type: "integer" | "number";
    /** Inclusive bounds; integers lie in [−10^9, 10^9] where none are given. */
    readonly min?: number;
    readonly max?: number;
  })
  | (ParameterBase<boolean> & { readonly type: "boolean" })
  /** A name of a-z, 0-9, - and _ that begins with a letter, at most 63 characters. */
  | (ParameterBase<string> & { readonly type: "name" })
  | (ParameterBase<string> & {
    readonly type: "text";
    /** The only values. */
    readonly choices?: readonly string[];
    /** Characters at most, 1,024 if absent. */
    readonly maxLength?: number;
  })
  | (ParameterBase<readonly string[]> & { readonly type: "names" })
  | (ParameterBase<readonly number[]> & { readonly type: "numbers" })
  | (ParameterBase<JsonValue> & { readonly type: "json" })
  /** Stored work: a run, a stage of one, or a path in the data root. Its digest is in the key. */
  | (ParameterBase<string> & { readonly type: "stored"; readonly of: "dataset" | "model" });

/** The parameters of a kind, by name. */
export type ParameterTable = Readonly<Record<string, ParameterSpec>>;

type ValueOf<Spec extends ParameterSpec> = Spec extends { type: "integer" | "number" } ? number
  : Spec extends { type: "boolean" } ? boolean
  : Spec extends { type: "text"; choices: readonly (infer Choice)[] } ? Choice
  : Spec extends { type: "names" } ? readonly string[]
  : Spec extends { type: "numbers" } ? readonly number[]
  : Spec extends { type: "json" } ? JsonValue
  : string;

type OpenNames<Table extends ParameterTable> = {
  [Name in keyof Table]: Table[Name] extends { optional: true } ? Name : never;
}[keyof Table];

type FilledNames<Table extends ParameterTable> = {
  [Name in keyof Table]: Table[Name] extends { optional: true } | { default: unknown } ? Name
    : never;
}[keyof Table];

/** The parameters of a stage as it runs: defaults are filled in. */
export type ParameterValues<Table extends ParameterTable> =
  & { readonly [Name in Exclude<keyof Table, OpenNames<Table>>]: ValueOf<Table[Name]> }
  & { readonly [Name in OpenNames<Table>]?: ValueOf<Table[Name]> };

/** The parameters of a stage as it is declared: what has a default may be absent. */
export type DeclaredParameters<Table extends ParameterTable> =
  & { readonly [Name in Exclude<keyof Table, FilledNames<Table>>]: ValueOf<Table[Name]> }
  & { readonly [Name in FilledNames<Table>]?: ValueOf<Table[Name]> };

/** The schema of a parameter. */
export function parameterSchema(spec: ParameterSpec): z.ZodType {
  const described = typeSchema(spec).describe(spec.description);
  if (spec.default !== undefined) return described.default(spec.default);
  return spec.optional ? described.optional() : described;
}

function typeSchema(spec: ParameterSpec): z.ZodType {
  switch (spec.type) {
    case "integer":
      return z.int().min(spec.min ?? -MAX_COUNT).max(spec.max ?? MAX_COUNT);
    case "number":
      return z.number().min(spec.min ?? -Number.MAX_VALUE).max(spec.max ?? Number.MAX_VALUE);
    case "boolean":
      return z.boolean();
    case "name":
      return name;
    case "text":
      return spec.choices === undefined
        ? z.string().max(spec.maxLength ?? 1024)
        : z.enum(spec.choices);
    case "names":
      return z.array(name).max(256);
    case "numbers":
      return z.array(z.number()).max(65_536);
    case "json":
      return json;
    case "stored":
      return path;
  }
}
