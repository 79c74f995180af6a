import { withArticle } from "../../core/article.ts";
import { nearestName, suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import { findKind } from "../kinds/mod.ts";
import { assign, parametersOfKind } from "./declared_stages.ts";
import type { ExpandedStage } from "./expansion.ts";
import { type LevelParameters, variantsSchema } from "./matrix_schema.ts";
import { isSelected, parseVariant } from "./variant_name.ts";

/** Names that a message shows of many. */
const SHOWN = 4;

/**
 * Sets the parameters of single variants, by names that select one or more.
 *
 * @param variants The declaration's field of that name
 */
export function applyVariants(
  variants: unknown,
  stages: readonly ExpandedStage[],
): { readonly stages: readonly ExpandedStage[]; readonly findings: readonly Finding[] } {
  if (variants === undefined) return { stages, findings: [] };
  const { success, data } = variantsSchema.safeParse(variants);
  if (!success) {
    const problem = "expected parameters by the name of a variant";
    const remedy = "e.g. train[lr=0.0001,seed=2]: { steps: 100 }";
    return { stages, findings: [{ check: "wrong-type", path: ["variants"], problem, remedy }] };
  }
  const findings: Finding[] = [];
  let changed = stages;
  for (const [name, parameters] of Object.entries(data)) {
    const selector = parseVariant(name);
    const chosen = changed.filter(({ variant }) => isSelected(variant, selector));
    const wrong = chosen.length === 0
      ? [unknownVariant(name, stages)]
      : checkParameters(name, parameters, chosen);
    findings.push(...wrong);
    if (wrong.length > 0) continue;
    const names = new Set(chosen.map(({ name }) => name));
    changed = changed.map((stage) => names.has(stage.name) ? set(stage, name, parameters) : stage);
  }
  return { stages: changed, findings };
}

function set(
  { stage, assignments, ...rest }: ExpandedStage,
  name: string,
  parameters: LevelParameters,
): ExpandedStage {
  const added = Object.entries(parameters).map(([parameter, value]) => ({
    parameter,
    value,
    origin: ["variants", name, parameter],
  }));
  return {
    ...rest,
    stage: added.reduce((stage, { parameter, value }) => assign(stage, parameter, value), stage),
    assignments: [...assignments, ...added],
  };
}

function unknownVariant(name: string, stages: readonly ExpandedStage[]): Finding {
  const all = stages.map((stage) => stage.name);
  const { base } = parseVariant(name);
  const alike = all.filter((other) => parseVariant(other).base === base);
  const near = nearestName(name, all);
  const shown = alike.slice(0, SHOWN).join(", ");
  return {
    check: "unknown-key",
    path: ["variants", name],
    problem: `there is no variant "${name}"`,
    remedy: near !== null
      ? `did you mean "${near}"?`
      : alike.length === 0
      ? "name one of a stage that has variants"
      : `there are ${shown}${alike.length > SHOWN ? " and others" : ""}`,
  };
}

function checkParameters(
  name: string,
  parameters: LevelParameters,
  [first]: readonly ExpandedStage[],
): readonly Finding[] {
  const kind = findKind(String(first?.stage.kind));
  if (first === undefined || kind === undefined) return [];
  const known = parametersOfKind(kind);
  return Object.keys(parameters).flatMap((parameter): readonly Finding[] => {
    const path = ["variants", name, parameter], [head = ""] = parameter.split(".");
    if (!known.includes(head)) {
      const problem = `${withArticle(first.stage.kind)} stage has no parameter "${head}" to set`;
      return [{ check: "unknown-key", path, problem, remedy: suggestName(head, known) }];
    }
    const isFactor = first.assignments.some((assigned) =>
      assigned.parameter === parameter && assigned.origin[0] === "stages"
    );
    if (!isFactor) return [];
    const problem = `${parameter} is a factor of the matrix`;
    return [{ check: "wrong-value", path, problem, remedy: "change its levels" }];
  });
}
