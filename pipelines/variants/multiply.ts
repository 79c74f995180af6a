import { withArticle } from "../../core/article.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import type { DeclaredStage } from "./declared_stages.ts";
import {
  freeFactors,
  gatherInputs,
  type Joined,
  joinInputs,
  type Reference,
  referenceOf,
  type Selectable,
} from "./join.ts";
import { MAX_VARIANTS, type Row, tooMany } from "./matrix_rows.ts";
import { alongSchema } from "./matrix_schema.ts";
import { variantName } from "./variant_name.ts";

/** The variants of one stage, or what is wrong with them. */
export interface Multiplied {
  readonly joined: readonly Joined[];
  readonly findings: readonly Finding[];
}

/**
 * The variants of a stage: those of its own matrix with those of its inputs.
 *
 * @param rows Of its matrix
 * @param stages Those before it, expanded
 */
export function multiply(
  stage: DeclaredStage,
  rows: readonly Row[],
  stages: readonly Selectable[],
): Multiplied {
  const { name, variant: { factors }, kind, inputs, along } = stage;
  const references = inputs.map((input) => referenceOf(input, stages));
  const wrong = along === undefined ? [] : checkAlong(stage, references);
  if (wrong.length > 0) return { joined: [], findings: wrong };
  const joined = kind.takesVariants
    ? gatherInputs(rows, factors, references, alongSchema.optional().parse(along) ?? [])
    : joinInputs(rows, factors, references);
  if (joined.length > MAX_VARIANTS) {
    return { joined: [], findings: [tooMany(["stages", name], joined.length)] };
  }
  return { joined, findings: [...checkUse(stage, rows, joined), ...checkJoin(stage, joined)] };
}

function checkAlong(
  { name, stage, kind, along }: DeclaredStage,
  references: readonly Reference[],
): readonly Finding[] {
  const path = ["stages", name, "along"];
  if (!kind.takesVariants) {
    const problem = `${withArticle(stage.kind)} stage has a variant for each of its input anyway`;
    return [{ check: "unknown-key", path, problem, remedy: "remove along" }];
  }
  const { success, data, error } = alongSchema.safeParse(along);
  if (!success) {
    const problem = error.issues[0]?.message ?? "expected factors"; // there is an issue
    return [{ check: "wrong-type", path, problem, remedy: "write true, or a list of factors" }];
  }
  if (data === true) return [];
  const known = new Set(
    references.flatMap((reference) =>
      reference.selected.flatMap(({ variant }) => [...freeFactors(variant, reference).keys()])
    ),
  );
  return data.filter((factor) => !known.has(factor)).map((factor) => ({
    check: "unknown-factor",
    path,
    problem: `no input has a factor "${factor}"`,
    remedy: suggestName(factor, [...known]),
  }));
}

/** A variant that the matrix asks for and no input has would be lost without a word. */
function checkUse(
  { name }: DeclaredStage,
  rows: readonly Row[],
  joined: readonly Joined[],
): readonly Finding[] {
  const used = new Set(joined.map(({ row }) => row));
  const unused = rows.find((row) => !used.has(row));
  if (unused === undefined || unused.levels.size === 0) return [];
  return [{
    check: "wrong-value",
    path: ["stages", name, "matrix"],
    problem: `its inputs have no variant for ${variantName("", unused.levels)}, whose factors ` +
      "they have too",
    remedy: "give both the same levels, or another name: a label with named levels",
  }];
}

/** Inputs whose levels never meet. */
function checkJoin({ name, inputs }: DeclaredStage, joined: readonly Joined[]): readonly Finding[] {
  if (joined.length > 0) return [];
  return [{
    check: "empty-matrix",
    path: ["stages", name, "from"],
    problem: `no variants of ${inputs.join(" and ")} agree in the factors that they share`,
    remedy: "give them levels in common",
  }];
}
