import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { json } from "../kinds/shared_fields.ts";
import { FACTOR_PATTERN } from "./variant_name.ts";

/** Level of a factor, as a value of a parameter. */
export type Level = string | number | boolean;

/** Parameters that a named level sets, by path: `{ hidden: [64] }`, `{ "options.beta": 2 }`. */
export type LevelParameters = Readonly<Record<string, JsonValue>>;

/** Levels of factors, by name of the factor; a named level by its name. */
export type MatrixEntry = Readonly<Record<string, Level>>;

/** Factors that are parameters, typed by them. */
type ParameterFactors<Stage> = {
  readonly [Name in Exclude<keyof Stage, "kind" | "from">]?:
    | readonly Extract<Stage[Name], Level>[]
    | Readonly<Record<string, LevelParameters>>;
};

/**
 * What multiplies a stage into variants: the product of its factors, without what is excluded, with
 * what is included. A factor is a path of parameters (`lr`, `"options.beta"`) with a list of levels,
 * or a label with named levels, each of which sets parameters.
 */
export type MatrixDeclaration<Stage = object> =
  & ParameterFactors<Stage>
  & {
    /** Further variants; each has a level of every factor. */
    readonly include?: readonly MatrixEntry[];
    /** Variants to leave out: all that have these levels. */
    readonly exclude?: readonly MatrixEntry[];
  }
  & {
    readonly [factor: string]:
      | readonly Level[]
      | Readonly<Record<string, LevelParameters>>
      | readonly MatrixEntry[];
  };

/** Fields of a stage, in addition to its parameters, that are expanded before anything runs. */
export interface VariantFields<Stage = object> {
  /** Multiplies the stage, and what reads it, into variants. */
  readonly matrix?: MatrixDeclaration<Stage>;
  /**
   * Factors along which a stage that takes all variants of its inputs is multiplied all the same;
   * true for every factor.
   */
  readonly along?: readonly string[] | true;
}

const level = z.union([z.string().min(1).max(200), z.number(), z.boolean()], {
  error: "expected a number, a text or a boolean",
});

const parameters = z.record(z.string().min(1).max(255), json);

const entry = z.record(z.string(), level);

const factor = z.union([z.array(level).min(1), z.record(z.string(), parameters)], {
  error: "expected a list of levels, or levels by name with the parameters that they set",
});

/** The schema of a matrix, for editors; what follows from the kind of its stage is checked apart. */
export const matrixSchema = z.object({
  include: z.array(entry).max(512).describe("Further variants, with a level of every factor")
    .optional(),
  exclude: z.array(entry).max(512).describe("Variants to leave out: all that have these levels")
    .optional(),
}).catchall(factor).describe(
  "Multiplies the stage, and what reads it, into variants: factors by parameter path with a " +
    "list of levels, or by a label with named levels that set parameters",
);

/** The schema of `along`. */
export const alongSchema = z.union([
  z.literal(true),
  z.array(z.string().regex(FACTOR_PATTERN)).min(1).max(64),
], { error: "expected true, or a list of factors" }).describe(
  "Factors of the inputs along which this stage has variants of its own; it takes all variants " +
    "of the others",
);

/** The schema of the parameters of single variants, by name. */
export const variantsSchema = z.record(z.string().min(1).max(255), parameters).describe(
  "Parameters of single variants by their names, e.g. train[lr=0.0001,seed=2]: { steps: 100 }",
);

/** The schema of a factor, and of a list of entries. */
export { factor as factorSchema };
export const entriesSchema = z.array(entry).max(512);
