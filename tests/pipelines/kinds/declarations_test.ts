import assert from "node:assert/strict";
import { z } from "zod";
import type { JsonValue } from "../../../core/canonical.ts";
import type { ShippedDeclarations } from "../../../pipelines/kinds/declarations.ts";
import { findKind, type ShippedKind } from "../../../pipelines/kinds/mod.ts";

/** What the schemas take, by name of the kind. */
type Schemas = { [Kind in ShippedKind as Kind["kind"]]: z.input<Kind["schema"]> };

/** A type without `readonly` and `undefined`, down to where anything in JSON may stand. */
type Plain<T> = [JsonValue] extends [T] ? T
  : { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> };
/** The same with every field required: two types that can be assigned may lack optional ones. */
type Full<T> = [JsonValue] extends [T] ? T
  : { -readonly [Key in keyof T]-?: Full<Exclude<T[Key], undefined>> };

type Same<A, B> = [A, B] extends [B, A] ? true : false;
type SameType<A, B> = Same<[Plain<A>, Full<A>], [Plain<B>, Full<B>]>;

/** Fields that only one of two types has, and those of other types: `generate.episodes`. */
type Differences<Kind extends string, A, B> = {
  [Field in keyof A | keyof B]: Field extends keyof A & keyof B & string
    ? SameType<Pick<A, Field>, Pick<B, Field>> extends true ? never : `${Kind}.${Field}`
    : `${Kind}.${Field & string}`;
}[keyof A | keyof B];

type AllDifferences = {
  [Kind in keyof Schemas | keyof ShippedDeclarations]: Kind extends
    keyof Schemas & keyof ShippedDeclarations
    ? Differences<Kind, ShippedDeclarations[Kind], Schemas[Kind]>
    : Kind;
}[keyof Schemas | keyof ShippedDeclarations];

/** Fails to compile if there is a difference; the message names the parameter. */
const NO_DIFFERENCE: [AllDifferences] extends [never] ? null : AllDifferences = null;

Deno.test("ShippedDeclarations has the parameters of every schema", () => {
  assert.equal(NO_DIFFERENCE, null);
});

/** A field of an interface, as `deno doc --json` tells of it. */
interface DocumentedField {
  readonly name: string;
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly { readonly kind: string; readonly value?: string }[];
  };
  readonly tsType: DocumentedType;
}

interface DocumentedType {
  readonly repr: string;
  readonly kind: string;
  readonly value: unknown;
}

interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly def: {
      readonly properties?: readonly DocumentedField[];
      readonly extends?: readonly DocumentedType[];
    };
  }[];
}

/** What declarations of kinds and of their parts say, by name of the interface. */
async function documentedFields(): Promise<ReadonlyMap<string, readonly DocumentedField[]>> {
  const folder = new URL("../../../pipelines/kinds/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => new URL(name, folder).pathname);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--json", ...files] })
    .output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly nodes: Readonly<Record<string, { readonly symbols: readonly Documented[] }>>;
  }; // as deno doc writes it
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  const defs = new Map(symbols.map(({ name, declarations }) => [name, declarations[0]!.def]));
  const fieldsOf = (name: string): readonly DocumentedField[] => [
    ...(defs.get(name)?.extends ?? []).flatMap(({ repr }) => fieldsOf(repr)),
    ...(defs.get(name)?.properties ?? []),
  ];
  return new Map([...defs.keys()].map((name) => [name, fieldsOf(name)]));
}

/** The JSON Schema of an object, as far as it is read here. */
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly items?: ObjectSchema;
  readonly default?: unknown;
}

Deno.test("declarations say what every field means, and the default that its schema has", async () => {
  const interfaces = await documentedFields();
  const check = (name: string, place: string, { properties = {} }: ObjectSchema): number => {
    const fields = interfaces.get(name) ?? [];
    return fields.reduce((count, { name, jsDoc, tsType }) => {
      const field = `${place}.${name}`, schema = properties[name]!;
      const tag = jsDoc?.tags?.find(({ kind }) => kind === "default")?.value;
      assert.ok(name === "kind" || jsDoc?.doc, `${field} says nothing`);
      // deno doc reads no object as a default: the text tells of those.
      const expected = typeof schema.default === "object" ? undefined : schema.default;
      assert.equal(tag === undefined ? undefined : JSON.parse(tag), expected, field);
      const part = partOf(tsType);
      return count + 1 + check(part, field, schema.items ?? schema);
    }, 0);
  };
  let fields = 0;
  for (const kind of ["generate", "validate", "filter", "merge", "train", "evaluate", "score"]) {
    const schema = z.toJSONSchema(findKind(kind)!.schema, { io: "input", unrepresentable: "any" });
    const name = `${kind[0]!.toUpperCase()}${kind.slice(1)}Declaration`;
    fields += check(name, kind, schema as ObjectSchema); // what it is for an object
  }
  assert.ok(fields > 80, `expected the fields of every kind, found ${fields}`);
});

/** Name of the interface that a type is, or is a list of. */
function partOf({ kind, repr, value }: DocumentedType): string {
  if (kind === "typeOperator" || kind === "array") {
    const inner = kind === "array" ? value : (value as { readonly tsType: unknown }).tsType;
    return partOf(inner as DocumentedType); // as deno doc writes it
  }
  return repr;
}
