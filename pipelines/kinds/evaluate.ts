import type { Condition } from "../conditions.ts";
import { z } from "zod";
import type { EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import { ROW_BYTES } from "./chain_extent.ts";
import type { CompiledParameters, ResolvedSite, StageKindDefinition } from "./kind.ts";
import { factsOf } from "./names.ts";
import { checkRollout, fillRollout } from "./rollout.ts";
import {
  checkPolicyCommand,
  checkPolicyName,
  type CommandOfStageDeclaration,
  evaluatedPolicy,
  policyCommand,
  type PolicyDeclaration,
  policyName,
  policyPath,
} from "./policy.ts";
import {
  count,
  type DeclaredInputs,
  inputs,
  name,
  random,
  rollout,
  type RolloutDeclaration,
} from "./shared_fields.ts";
import { trainedModels } from "./trained_models.ts";

/** A stage that runs a policy in the simulator. */
export interface EvaluateDeclaration<Name extends string = string> extends RolloutDeclaration {
  readonly kind: "evaluate";
  /** The stage whose policy it runs; absent if `policy` names one. */
  readonly from?: DeclaredInputs<Name>;
  /**
   * Policy to evaluate in place of an input stage: a stored one by its path, `{ named: NAME }`, one of
   * the environment, or `{ command: NAME }`, a program. With `{ command: NAME, from: STAGE }` the
   * program gets the path of what another program has left.
   */
  readonly policy?: PolicyDeclaration | CommandOfStageDeclaration<Name>;
  /** Registered environment; the dataset's if absent. */
  readonly environment?: string;
  /**
   * Episodes to run, in [1, 10^9].
   *
   * @default {100}
   */
  readonly episodes?: number;
  /**
   * Episodes of one shard of work, in [1, 4096].
   *
   * @default {32}
   */
  readonly shard?: number;
  /**
   * Runs every episode once more under Gaussian noise of this standard deviation on the applied
   * action, in (0, 1000], in the action's unit, for metric `success_rate_noisy`.
   */
  readonly testNoise?: number;
  /**
   * Runs every episode once more with a push of this force for 0.1 s once a second, in (0, 1000] (N),
   * for metrics that begin with `pushed_`; of environments that know such a kick.
   */
  readonly testPush?: number;
}

const schema = z.strictObject({
  kind: z.literal("evaluate"),
  from: inputs.optional(),
  policy: evaluatedPolicy.describe(
    "Policy to evaluate instead of an input stage: the path of a stored one, { named: " +
      "NAME } for a policy of the environment, or { command: NAME } for a program; with from, " +
      "the program acts by the files of a stage",
  ).optional(),
  environment: name.describe("Registered environment (default the dataset's)").optional(),
  episodes: count.default(100).describe("Episodes to run"),
  ...rollout,
  testNoise: z.number().gt(0).max(1e3).describe(
    "Repeat every episode with Gaussian noise of this standard deviation on the applied " +
      "action; adds metric success_rate_noisy",
  ).optional(),
  testPush: z.number().gt(0).max(1e3).describe(
    "Repeat every episode with a push of this force (N) for 0.1 s every second; adds " +
      "metrics prefixed pushed_. Only for environments that support pushes",
  ).optional(),
  ...random,
}).describe("Evaluates a policy in the simulator");

type Evaluate = z.output<typeof schema>;

/** Parameters of a compiled evaluate stage. */
export type EvaluateParameters =
  & Omit<
    CompiledParameters<
      typeof schema,
      "options" | "policy" | "testNoise" | "testPush",
      "gymConfig" | "actionConfig"
    >,
    "policy"
  >
  & {
    /** Path of the stored policy, or the policy's name; absent if an input is evaluated. */
    readonly policy?: string | { readonly named: string } | { readonly command: string };
  };

/** Runs a policy in the simulator. */
export const evaluate: StageKindDefinition<"evaluate", typeof schema, EvaluateParameters> = {
  kind: "evaluate",
  schema,
  reads: { policy: 1 },
  gives: "evaluation",
  stored: {
    policy: { type: "model", replacesInput: true, pathOf: pathOfPolicy, fromStage: "files" },
  },
  // A stored policy is named by its digest.
  identity: { codeVersion: 1, versions: ["deno", "codec"], omits: ["policy"], draws: true },
  work: { shape: "sharded", resource: "simulate" },
  simulates: true,
  commandOf: ({ policy }) => policyCommand(policy),
  isResult: true,
  progress: { unit: "episodes", count: "episodes", judgedBy: "success_rate" },
  headline: ["episodes", "success_rate", "success_rate_noisy", "mean_reward"],
  verdict: describeEpisodes,
  lookUp: (site) => [
    ...(isTold(site) ? [] : checkRollout(site, (path, chosen, facts) => [
      ...checkNamed(path, site, chosen),
      ...checkPush(path, site, facts),
    ])),
    ...checkPolicyModel(site),
  ],
  withDefaults(resolution, context) {
    const { policy, ...filled } = fillRollout(resolution, context);
    const path = pathOfPolicy(policy);
    return policy === undefined ? filled : { ...filled, policy: path ?? policy };
  },
  conditionsOf: (parameters) => evaluationConditions(parameters),
  shardsOf: (stage) => Math.ceil(stage.episodes / stage.shard) * evaluationConditions(stage).length,
  totalOf: (parameters) => parameters.episodes * evaluationConditions(parameters).length,
  estimate({ stage, parameters: { episodes } }) {
    return {
      shards: stage.shards!,
      count: episodes,
      unit: "episodes",
      bytes: episodes * ROW_BYTES,
    };
  },
};

/** The conditions of an evaluation, in the order of its shards. */
export function evaluationConditions(
  { testNoise, testPush }: Pick<Evaluate, "testNoise" | "testPush">,
): readonly Condition[] {
  return [
    "plain",
    ...(testNoise === undefined ? [] : ["noisy"] as const),
    ...(testPush === undefined ? [] : ["pushed"] as const),
  ];
}

/** Descriptions of the conditions other than plain, by the prefix of their counts. */
const MANNERS = { noisy: "under action noise", pushed: "when pushed" } as const;

function describeEpisodes(counts: Readonly<Record<string, number>>): string {
  const others = Object.entries(MANNERS).flatMap(([condition, how]) => {
    const run = counts[`${condition}_episodes`];
    return run === undefined ? [] : [`, ${counts[`${condition}_successes`]} of ${run} ${how}`];
  });
  const { episodes, successes } = counts;
  return `${successes} of ${episodes} unseen episodes succeeded${others.join("")}`;
}

/**
 * Returns whether a fault of the environment was already reported: one that is not registered is
 * reported once, where it is named.
 */
function isTold({ name, resolution, resolutions, registered }: ResolvedSite<Evaluate>): boolean {
  const { stage, environment } = resolution;
  if (stage.environment !== undefined || environment === null) return false;
  return factsOf(registered.environments, environment) === undefined &&
    [...resolutions].some(([other, { stage }]) =>
      other !== name && stage["environment"] === environment
    );
}

/** A plain text is the path of a stored policy. */
function pathOfPolicy(form: unknown): string | undefined {
  return typeof form === "string" ? form : policyPath(form);
}

function nameOfPolicy(form: Evaluate["policy"]): string | undefined {
  return typeof form === "object" ? policyName(form) : undefined;
}

function checkNamed(
  path: Finding["path"],
  { resolution: { stage, environment }, registered }: ResolvedSite<Evaluate>,
  chosen: EnvironmentFacts,
): readonly Finding[] {
  if (environment === null) return [];
  const command = policyCommand(stage.policy), policy = nameOfPolicy(stage.policy);
  if (command !== undefined) {
    const use = { environment, policy: stage.policy, command, facts: chosen };
    return checkPolicyCommand(path, use, registered);
  }
  if (policy === undefined) return [];
  return checkPolicyName(path, { environment, policy }, chosen);
}

function checkPush(
  path: Finding["path"],
  { resolution: { stage } }: ResolvedSite<Evaluate>,
  { randomization }: EnvironmentFacts,
): readonly Finding[] {
  if (stage.testPush === undefined || randomization.some(({ name }) => name === "kick")) return [];
  return [{
    check: "unknown-option",
    path: [...path, "testPush"],
    problem: "the environment does not support pushes",
    remedy: "remove testPush",
  }];
}

/** A model that predicts has nothing to do in a simulator. */
function checkPolicyModel(site: ResolvedSite<Evaluate>): readonly Finding[] {
  const model = trainedModels(site)[0], { models } = site.registered;
  if (model === undefined || factsOf(models, model)?.roles === undefined) return [];
  const problem = `model "${model}" is no policy`;
  const remedy = "make it a stage of kind score, from the train stage and its dataset";
  return [{ check: "wrong-input-kind", path: ["stages", site.name, "from"], problem, remedy }];
}
