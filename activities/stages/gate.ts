import { join } from "node:path";
import { canonicalJson, requireJson } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { compareVariants, type Interval, meanOf } from "../../core/statistics/mod.ts";
import { suggestName } from "../../core/suggest.ts";
import { type GateVerdict, holds, parseGateCondition } from "../../pipelines/gate_condition.ts";
import { higherIsBetter } from "../../pipelines/metric_direction.ts";
import { gate, type GateParameters } from "../../pipelines/kinds/gate.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { readCommit, StoreWriter } from "../../store/mod.ts";
import type { StageResult, StageTask } from "../types.ts";
import { readMetric, sharesEpisodes } from "./compare.ts";
import { requireMetric } from "./metric_names.ts";
import type { OperationContext } from "./operation.ts";
import { openOutcomes } from "./outcomes.ts";
import { ensureStage } from "./stage.ts";

/** Commits what holds and what does not; that the run fails by it is said where the run ends. */
export function gateStage(task: StageTask, context: OperationContext): Promise<StageResult> {
  const parameters = parametersOf(task.stage, gate);
  return ensureStage(task, context, async (directory) => {
    const verdicts = [
      ...await judgeConditions(task, parameters, context.root),
      ...await judgeAgainst(task, parameters, context.root),
    ];
    requireJson(verdicts, "verdict.json");
    const writer = new StoreWriter(directory);
    await writer.write("verdict.json", canonicalJson(verdicts) + "\n");
    const failed = verdicts.filter(({ holds }) => !holds).length;
    const commit = await writer.commit({
      kind: gate.kind,
      counts: { conditions: verdicts.length, failed },
      attributes: { verdicts },
    });
    return { commit };
  });
}

/** Finds a metric that the inputs will not have, and a stored evaluation of another environment. */
export async function checkGate(
  stage: StagePlan,
  { inputs, root }: { readonly inputs: readonly StagePlan[]; readonly root: string },
): Promise<void> {
  const { conditions = [], against, metric } = parametersOf(stage, gate);
  for (const text of conditions) {
    const { condition } = parseGateCondition(text);
    if (condition !== null) requireMetric(stage.name, condition.metric, inputs);
  }
  const stored = stage.external.find(({ parameter }) => parameter === "against");
  if (against === undefined || stored === undefined) return;
  requireMetric(stage.name, metric, inputs);
  const { environmentName } = await openOutcomes(join(root, stored.path));
  const other = inputs.find(({ parameters: { environment } }) =>
    typeof environment === "string" && environmentName !== null && environment !== environmentName
  );
  if (other === undefined) return;
  throw new InvalidInputError({
    action: "compare",
    place: `${stage.name}.against`,
    expected: `an evaluation in environment "${other.parameters["environment"]}"`,
    found: `one in "${environmentName}"`,
    remedy: "name a run in that environment",
  });
}

async function judgeConditions(
  { inputs, inputStages }: StageTask,
  { conditions = [] }: GateParameters,
  root: string,
): Promise<readonly GateVerdict[]> {
  const verdicts: GateVerdict[] = [];
  for (const [input, { path }] of inputs.entries()) {
    const commit = await readCommit(join(root, path));
    const figures = { ...commit?.counts, ...commit?.metrics };
    for (const text of conditions) {
      const { condition } = parseGateCondition(text);
      if (condition === null) continue; // the schema has refused it
      const found = figures[condition.metric];
      if (typeof found !== "number") {
        throw new InvalidInputError({
          action: "judge",
          place: inputStages[input]!.name,
          expected: `metric "${condition.metric}"`,
          found: "none",
          remedy: suggestName(condition.metric, Object.keys(figures)),
        });
      }
      const verdict = { input, ...condition, found, holds: holds(found, condition) };
      verdicts.push({ ...verdict, reference: null, interval: null });
    }
  }
  return verdicts;
}

async function judgeAgainst(
  { stage, inputs, inputStages }: StageTask,
  { metric, margin, better }: GateParameters,
  root: string,
): Promise<readonly GateVerdict[]> {
  const stored = stage.external.find(({ parameter }) => parameter === "against");
  if (stored === undefined) return [];
  const higher = higherIsBetter(metric, better);
  const base = await openOutcomes(join(root, stored.path));
  const reference = await readMetric({ name: stored.path, outcomes: base }, metric);
  const of = meanOf(reference.values);
  return await Promise.all(inputs.map(async ({ path }, input): Promise<GateVerdict> => {
    const outcomes = await openOutcomes(join(root, path));
    const own = await readMetric({ name: inputStages[input]!.name, outcomes }, metric);
    const found = meanOf(own.values);
    const operator = higher ? ">=" : "<=", bound = higher ? of - margin : of + margin;
    const paired = sharesEpisodes({ outcomes }, { outcomes: base });
    return {
      input,
      metric,
      operator,
      bound,
      found,
      // Equal figures have an equal mean but for a rounding error.
      holds: holds(found, { operator, bound }) || Math.abs(found - bound) < 1e-12,
      reference: of,
      interval: differenceOf(reference, own, paired, stage),
    };
  }));
}

type Values = Awaited<ReturnType<typeof readMetric>>;

function differenceOf(a: Values, b: Values, paired: boolean, stage: StagePlan): Interval | null {
  const [pair] = compareVariants(
    [{ name: "a", values: a.values }, { name: "b", values: b.values }].map(({ name, values }) => ({
      name,
      replicates: [{ label: "", values }],
    })),
    {
      paired,
      binary: a.binary && b.binary,
      baseline: null,
      alpha: 0.05,
      margin: null,
      higherIsBetter: true,
      random: { seed: 0, stream: stage.kind },
    },
  );
  const { low, high } = pair!; // of two
  return low === null || high === null ? null : { low, high };
}
