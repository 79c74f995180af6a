import { InvalidInputError } from "../../core/errors.ts";
import { nearestName, suggestName } from "../../core/suggest.ts";
import { evaluate, evaluationConditions } from "../../pipelines/kinds/evaluate.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { merge } from "../../pipelines/kinds/merge.ts";
import { train } from "../../pipelines/kinds/train.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { getEnvironment } from "../../sim/mod.ts";

/** Names of the metrics and counts that a stage will have, before it has run. */

interface MetricNames {
  readonly names: readonly string[];
  /** Whether there may be others: an environment or a model gives them names. */
  readonly open: boolean;
}

/** Metrics and counts of every evaluation. */
const EVALUATION = [
  "success_rate",
  "success_rate_low",
  "success_rate_high",
  "mean_reward",
  "std_reward",
  "min_reward",
  "max_reward",
  "mean_episode_length",
  "episodes",
  "successes",
  "steps",
  "shards",
];

const BY_KIND: Readonly<Record<string, (stage: StagePlan) => MetricNames>> = {
  [evaluate.kind]: namesOfEvaluation,
  [train.kind]: () => ({
    names: [
      "steps",
      "parameters",
      "loss",
      "learning_rate",
      "validation_loss",
      "best_validation_loss",
      "best_step",
    ],
    open: false,
  }),
  [merge.kind]: () => ({ names: merge.headline, open: true }),
};

function namesOfEvaluation(stage: StagePlan): MetricNames {
  const { environment, options, ...parameters } = parametersOf(stage, evaluate);
  const conditions = evaluationConditions(parameters).filter((name) => name !== "plain");
  const { metrics } = getEnvironment(environment, options);
  return {
    names: [
      ...EVALUATION,
      ...conditions.flatMap((condition) => [
        `success_rate_${condition}`,
        `success_rate_${condition}_low`,
        `success_rate_${condition}_high`,
        `${condition}_episodes`,
        `${condition}_successes`,
      ]),
    ],
    open: metrics !== undefined,
  };
}

/**
 * Requires that stages will have a metric, as far as that is known before they run.
 *
 * @param asked Stage that asks for it, as the message names it
 * @throws {InvalidInputError} If one will not; the message has the nearest name
 */
export function requireMetric(
  asked: string,
  metric: string,
  inputs: readonly StagePlan[],
): void {
  for (const input of inputs) {
    const known = BY_KIND[input.kind]?.(input);
    if (known === undefined || known.names.includes(metric)) continue;
    if (known.open && nearestName(metric, known.names) === null) continue;
    throw new InvalidInputError({
      action: "use stage",
      place: asked,
      expected: `a metric of "${input.name}"`,
      found: `"${metric}"`,
      remedy: suggestName(metric, known.names),
    });
  }
}
