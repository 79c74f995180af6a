import { z } from "zod";
import type { Finding } from "../../../core/findings.ts";

/**
 * Functors: what a gym config may name under `func`. Each has typed parameters, so that a wrong one
 * is an error with its place in the file, and none names code.
 */

/** An entity that the parameters of a functor name. */
export interface EntityReference {
  /** Path within the parameters. */
  readonly path: Finding["path"];
  readonly uid: string;
  readonly kinds: readonly EntityKind[];
  /** Joints of the entity that the parameters name. */
  readonly joints?: readonly { readonly path: Finding["path"]; readonly name: string }[];
}

/** Kind of an entity in a scene. */
export type EntityKind =
  | "robot"
  | "fixed"
  | "kinematic"
  | "dynamic"
  | "group"
  | "vessel"
  | "light"
  | "articulation"
  | "link";

/** Functor with typed parameters. */
export interface BoundFunctor {
  readonly references?: readonly EntityReference[];
  /** Observation fields that it reads. */
  readonly needs?: readonly string[];
}

/** Functor: a name, a schema of parameters, and their meaning. */
export interface Functor<Bound extends BoundFunctor> {
  readonly name: string;
  readonly description: string;
  /** Modes in which the functor may be declared. */
  readonly modes: readonly string[];
  readonly schema: z.ZodObject;
  /** @throws {z.ZodError} If the parameters are not of the schema */
  bind(params: unknown): Bound;
}

/** Functors of one section, by name. */
export type Functors<Bound extends BoundFunctor> = Readonly<Record<string, Functor<Bound>>>;

/** Declares a functor; the type of its parameters follows from their schema. */
export function defineFunctor<Schema extends z.ZodObject, Bound extends BoundFunctor>(
  { bind, schema, ...rest }: {
    readonly name: string;
    readonly description: string;
    readonly modes: readonly string[];
    readonly schema: Schema;
    bind(params: z.output<Schema>): Bound;
  },
): Functor<Bound> {
  return { ...rest, schema, bind: (params) => bind(schema.parse(params)) };
}

/** Functors by their names. */
export function functorTable<Bound extends BoundFunctor>(
  functors: readonly Functor<Bound>[],
): Functors<Bound> {
  return Object.fromEntries(functors.map((functor) => [functor.name, functor]));
}

/** `{ uid }` of an entity, as configs write it; `<uid>/<link>` of a link. */
export const ENTITY = z.strictObject({ uid: z.string().min(1).max(127) });

const number = z.number().min(-1e6).max(1e6);

/** `[x, y, z]` */
export const VECTOR = z.tuple([number, number, number], {
  error: "expected three numbers [x, y, z]",
});

/** `[low, high]` */
export const RANGE = z.tuple([number, number], { error: "expected [low, high]" })
  .refine(([low, high]) => low <= high, { error: "expected [low, high] with low at most high" });

/** `[[x, y, z], [x, y, z]]`, the lowest and the highest corner. */
export const BOX = z.tuple([VECTOR, VECTOR], { error: "expected [[x, y, z], [x, y, z]]" })
  .refine(([low, high]) => low.every((value, axis) => value <= high[axis]!), {
    error: "expected the lowest corner, then the highest",
  });

/** Kinds of entities that have a pose. */
export const POSED = ["fixed", "kinematic", "dynamic", "articulation", "link"] as const;

/** Name of the observation of an entity's pose; that of a link has `_` in place of its slash, dots and dashes. */
export function poseField(uid: string): string {
  return `${uid.replaceAll(/[^A-Za-z0-9_]/g, "_")}_pose`;
}

/** A reference at `<key>.uid`. */
export function refer(
  key: string,
  { uid }: z.output<typeof ENTITY>,
  kinds: readonly EntityKind[],
): EntityReference {
  return { path: [key, "uid"], uid, kinds };
}
