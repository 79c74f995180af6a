import type { Finding } from "../findings.ts";
import type { StagePlan } from "../plan.ts";
import type { ExpandedStage, Expansion } from "./expansion.ts";

/**
 * Variants of one stage that are the same work: equal keys say that what tells them apart changes
 * nothing.
 */
export function findEqualVariants(
  { variants }: Pick<Expansion, "variants">,
  stages: readonly StagePlan[],
): readonly Finding[] {
  const keys = new Map(stages.map(({ name, manifestKey }) => [name, manifestKey]));
  for (const [declared, members] of variants) {
    const seen = new Map<string, ExpandedStage>();
    for (const member of members) {
      const key = keys.get(member.name) ?? member.name;
      const other = seen.get(key);
      if (other !== undefined) return [finding(declared, other, member)];
      seen.set(key, member);
    }
  }
  return [];
}

function finding(declared: string, one: ExpandedStage, other: ExpandedStage): Finding {
  const differing = [...one.variant.factors].filter(([factor, level]) =>
    other.variant.factors.get(factor) !== level
  ).map(([factor]) => factor);
  const names = differing.map((factor) => `"${factor}"`).join(" and ");
  const assigned = other.assignments.find(({ origin }) => differing.includes(String(origin[3])));
  return {
    check: "equal-variants",
    path: assigned?.origin.slice(0, 4) ?? ["stages", declared, "matrix"],
    problem: `${one.name} and ${other.name} are the same work: ${names} ${
      differing.length === 1 ? "changes" : "change"
    } nothing in the result`,
    remedy: "remove what changes nothing, or one of two equal levels",
  };
}
