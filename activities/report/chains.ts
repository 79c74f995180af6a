import type { StagePlan } from "../../pipelines/plan.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { generate } from "../../pipelines/kinds/generate.ts";
import { policyLabel } from "../../pipelines/kinds/policy.ts";
import { expertSchedule } from "../../sim/mod.ts";
import { readCommit } from "../../store/mod.ts";
import type { ChainReport, RejectExample, RejectReport } from "../../view/report_model.ts";
import { readRefusals } from "./refusals.ts";
import type { ReportedStage } from "./reported_stage.ts";
import { shardsOf } from "./shards.ts";

/** Examples of each reason that a report shows. */
const EXAMPLES = 5;

/** Gathers the outcomes of the candidates of every chain, as far as the run came. */
export async function gatherChains(stages: readonly ReportedStage[]): Promise<ChainReport[]> {
  const reports: ChainReport[] = [];
  for (const stage of stages) {
    const { plan } = stage;
    if (plan.kind !== generate.kind || shardsOf(stage).length === 0) continue;
    const members = membersBehind(plan.name, stages);
    const { candidates, accepted } = await countCandidates(members.at(-1) ?? stage);
    const { environment, policy } = parametersOf(plan, generate);
    const schedule = scheduleOf(plan);
    reports.push({
      stage: plan.name,
      environment,
      policy: policyLabel(policy),
      candidates,
      accepted: Math.min(plan.chain!.target, accepted),
      rejects: await gatherRejects(members, candidates),
      ...(schedule === null ? {} : { schedule }),
    });
  }
  return reports;
}

/** The schedule of the movements that the expert of a stage makes, null if it has none. */
export function scheduleOf(plan: StagePlan): ReturnType<typeof expertSchedule> {
  if (plan.kind !== generate.kind) return null;
  const { environment, options, policy } = parametersOf(plan, generate);
  return policy === "scripted" ? expertSchedule(environment, options) : null;
}

/** Returns the checks that follow a generate stage and have any shards, in order. */
function membersBehind(name: string, stages: readonly ReportedStage[]): ReportedStage[] {
  const next = stages.find(({ plan }) => plan.chain?.previous === name);
  if (next === undefined || shardsOf(next).length === 0) return [];
  return [next, ...membersBehind(next.plan.name, stages)];
}

/**
 * Counts the candidates of the last stage of a chain that has results, from its commit or from
 * those of its shards.
 */
async function countCandidates(
  tail: ReportedStage,
): Promise<{ readonly candidates: number; readonly accepted: number }> {
  const directories = tail.directory === null ? shardsOf(tail) : [tail.directory];
  const total = { candidates: 0, accepted: 0 };
  for (const directory of directories) {
    const { counts } = (await readCommit(directory))!;
    total.candidates += counts["candidates"]!;
    total.accepted += counts["accepted"] ?? counts["candidates"]!;
  }
  return total;
}

/** Refused candidates by the stage and the reason that refused them first. */
async function gatherRejects(
  members: readonly ReportedStage[],
  candidates: number,
): Promise<RejectReport[]> {
  const found = new Map<string, RejectReport & { count: number; examples: RejectExample[] }>();
  const checks = members.map((member) => ({ name: member.plan.name, shards: shardsOf(member) }));
  for (const refusal of await readRefusals(checks, candidates)) {
    const { stage, reason, candidate, figures } = refusal;
    const key = `${stage}/${reason}`;
    const report = found.get(key) ?? { stage, reason, count: 0, examples: [] };
    report.count++;
    if (report.examples.length < EXAMPLES) report.examples.push({ candidate, figures });
    found.set(key, report);
  }
  return [...found.values()];
}
