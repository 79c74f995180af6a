import { z } from "zod";
import { NOISE_KINDS } from "../../core/noise_kind.ts";
import { suggestName, suggestRegistered } from "../../core/suggest.ts";
import { chosenFacts, type CompileContext, type EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import { CAMERAS, checkCameras, pictureBytes, shardWithCameras } from "./cameras.ts";
import { candidatesOf } from "./chain_extent.ts";
import type { CompiledParameters, StageKindDefinition } from "./kind.ts";
import { checkRollout, fillRollout, FROM_FILES } from "./rollout.ts";
import { count, name, random, rollout } from "./shared_fields.ts";

const schema = z.strictObject({
  kind: z.literal("generate"),
  environment: name.describe("Registered environment"),
  policy: name.default("scripted").describe(
    "Policy of the environment: scripted, random, or one of its own",
  ),
  episodes: count.default(100).describe("Accepted episodes to deliver"),
  ...rollout,
  noiseKind: z.enum(NOISE_KINDS).describe(
    "How that noise moves: gaussian (where absent) is drawn at every step; ornstein-uhlenbeck is " +
      "correlated over 50 ms, with a deviation uniform in [0, actionNoise] for each episode",
  ).optional(),
  shard: rollout.shard.unwrap().describe(
    "Episodes of one shard of work; where absent 32, and with cameras fewer, so that one stays " +
      "below 64 MB",
  ).optional(),
  cameras: CAMERAS.optional(),
  attempts: z.strictObject({
    most: z.int().min(2).max(10_000),
    until: z.enum(["success", "valid"]).default("success"),
  }).describe(
    "Tries an episode again, at most so often in all, until it succeeds or is valid; it then has " +
      "a column attempt",
  ).optional(),
  ...random,
}).describe("Simulates episodes, shard by shard");

/** Parameters of a compiled generate stage. */
export type GenerateParameters = CompiledParameters<
  typeof schema,
  "options" | "noiseKind" | "cameras" | "attempts",
  "gymConfig" | "actionConfig"
>;

/** Simulates episodes, the head of every chain. */
export const generate: StageKindDefinition<"generate", typeof schema, GenerateParameters> = {
  kind: "generate",
  schema,
  reads: {},
  gives: "episodes",
  // How far a chain goes is in its manifest key.
  identity: { codeVersion: 1, versions: ["deno", "codec"], omits: ["episodes"], draws: true },
  work: { shape: "sharded", resource: "simulate" },
  chain: { place: "head", order: 0 },
  simulates: true,
  isResult: false,
  progress: { unit: "episodes", count: "candidates", judgedBy: "success_rate" },
  headline: ["candidates", "success_rate"],
  lookUp: (site) =>
    checkRollout(site, (path, chosen) => [
      ...checkPolicy(path, site.resolution.stage, chosen),
      ...checkCameras([...path, "cameras"], site.resolution.stage.cameras ?? [], chosen),
    ]),
  withDefaults(resolution, context) {
    const filled = fillRollout(resolution, context);
    const shard = filled.shard ?? shardWithCameras(filled.cameras ?? [], filled.maxSteps);
    return { ...filled, shard };
  },
  extentOf: ({ episodes, shard }) => ({ episodes, shard: shard! }), // withDefaults() filled it in
  estimate({ stage, parameters, context }) {
    const { shards, count } = candidatesOf(stage);
    return { shards, count, unit: "candidates", bytes: count * episodeBytes(parameters, context) };
  },
};

type Generate = z.output<typeof schema>;

function checkPolicy(
  path: Finding["path"],
  stage: Generate,
  { policies }: EnvironmentFacts,
): readonly Finding[] {
  if (policies.includes(stage.policy)) return [];
  return [{
    check: "unknown-policy",
    path: [...path, "policy"],
    problem: `environment "${stage.environment}" has no policy "${stage.policy}"`,
    remedy: policyRemedy(stage, policies),
  }];
}

/** Of environments from files, the expert is another file, and policies may be code of the user's. */
function policyRemedy(
  { environment, policy }: Generate,
  policies: readonly string[],
): string {
  if (environment !== FROM_FILES) return suggestName(policy, policies);
  return policy === "scripted"
    ? "name its actionConfig, or another policy"
    : suggestRegistered(policy, policies);
}

/** Bytes of one episode of a compiled stage: every step column at its full length, uncompressed. */
export function episodeBytes(
  { environment, maxSteps, options, cameras = [] }: GenerateParameters,
  context: CompileContext,
): number {
  const { stepBytes } = chosenFacts(context.environments[environment]!, options);
  return maxSteps * (stepBytes + pictureBytes(cameras));
}
