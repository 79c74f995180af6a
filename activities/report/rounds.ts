import { CONDITIONS } from "../../pipelines/conditions.ts";
import { kindOf } from "../../pipelines/kinds/mod.ts";
import { ROUND_FACTOR, roundOf } from "../../pipelines/variants/round_name.ts";
import { parseVariant, variantName } from "../../pipelines/variants/variant_name.ts";
import type { RoundReport, RoundsReport, RoundSuccess } from "../../view/rounds_model.ts";
import { LABELLED_STEPS, ROUND } from "../stages/labelled_steps.ts";
import type { ReportedStage } from "./reported_stage.ts";

/** What rounds of learning came to: one report for each variant that has rounds. */
export function gatherRounds(stages: readonly ReportedStage[]): RoundsReport[] {
  const repeated = stages.filter(({ plan }) => roundOf(plan.name) !== null);
  const variants = Map.groupBy(repeated, ({ plan }) => variantOf(plan.name));
  return [...variants].flatMap(([variant, members]) => {
    const rounds = Map.groupBy(members, ({ plan }) => roundOf(plan.name)!); // they have one
    const reports = [...rounds].sort(([a], [b]) => a - b)
      .map(([round, own]) => reportRound(round, own, stages));
    const kept = stages.find(({ plan, result }) =>
      roundOf(plan.name) === null && gives(plan.kind) === "model" &&
      result?.counts[ROUND] !== undefined && variantOf(plan.name) === variant
    );
    return reports.some(({ success }) => success.length > 0)
      ? [{ variant, kept: kept?.result?.counts[ROUND] ?? null, rounds: reports }]
      : [];
  });
}

/** The factors of a stage beside its round. */
function variantOf(name: string): string {
  const factors = [...parseVariant(name).factors].filter(([factor]) => factor !== ROUND_FACTOR);
  return variantName("", factors);
}

function gives(kind: string): string {
  return kindOf({ kind }).gives;
}

/** @param members The stages of the round */
function reportRound(
  round: number,
  members: readonly ReportedStage[],
  stages: readonly ReportedStage[],
): RoundReport {
  const trained = members.find(({ plan }) => gives(plan.kind) === "model");
  const dataset = stages.find(({ plan }) =>
    gives(plan.kind) === "dataset" && trained?.plan.from.includes(plan.name) === true
  );
  return {
    round,
    episodes: dataset?.result?.counts["total_episodes"] ?? null,
    steps: dataset?.result?.counts["total_steps"] ?? null,
    labelledSteps: trained?.result?.counts[LABELLED_STEPS] ?? null,
    success: members.filter(({ plan }) => gives(plan.kind) === "evaluation").flatMap(successOf),
  };
}

/** Successes of an evaluation under each of its conditions. */
function successOf({ plan, result }: ReportedStage): readonly RoundSuccess[] {
  const { base } = parseVariant(plan.name);
  return CONDITIONS.flatMap((condition) => {
    const prefix = condition === "plain" ? "" : `${condition}_`;
    const episodes = result?.counts[`${prefix}episodes`];
    const successes = result?.counts[`${prefix}successes`];
    if (episodes === undefined || successes === undefined) return [];
    const name = condition === "plain" ? base : `${base}, ${condition}`;
    return [{ name, episodes, successes }];
  });
}
