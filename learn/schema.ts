import { z } from "zod";

/** One thing that a schema objects to. */
export interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Result of a {@linkcode ValueSchema}. */
export type SchemaResult<Output> =
  | { readonly success: true; readonly data: Output }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };

/** A schema, as far as models ask one; those of zod 4 are such. */
export interface ValueSchema<Output = unknown> {
  safeParse(value: unknown): SchemaResult<Output>;
}

/**
 * A schema of hyperparameters: a strict object of zod 4 whose fields have a default, a range and a
 * description.
 */
export interface ParameterSchema extends ValueSchema {
  readonly shape: Readonly<Record<string, unknown>>;
}

/**
 * A schema of hyperparameters for what asks more of it: help texts, docs, messages.
 *
 * @throws {TypeError} If it is none of zod 4
 */
export function objectSchema(schema: ParameterSchema): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema;
  throw new TypeError("Cannot use a schema of hyperparameters: expected z.strictObject() of zod 4");
}
