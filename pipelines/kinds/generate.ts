import { z } from "zod";
import { NOISE_KINDS } from "../../core/noise_kind.ts";
import { chosenFacts, type CompileContext, type EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import { CAMERAS, checkCameras, imageBytes, shardWithCameras } from "./cameras.ts";
import { candidatesOf } from "./chain_extent.ts";
import type { CompiledParameters, StageKindDefinition } from "./kind.ts";
import { checkRollout, fillRollout } from "./rollout.ts";
import { checkPolicyName, namedPolicy, policyName, policyPath } from "./policy.ts";
import { count, name, random, rollout } from "./shared_fields.ts";

const schema = z.strictObject({
  kind: z.literal("generate"),
  environment: name.describe("Registered environment"),
  policy: namedPolicy.default("scripted").describe(
    "Policy of the environment: scripted, random, or one of its own; or { stored: PATH }, a trained one",
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

/** Policy of a compiled stage that a trained one acts in; its digest is among the stored inputs. */
export const STORED_POLICY = "stored";

/** Parameters of a compiled generate stage. */
export type GenerateParameters =
  & Omit<
    CompiledParameters<
      typeof schema,
      "options" | "noiseKind" | "cameras" | "attempts",
      "gymConfig" | "actionConfig"
    >,
    "policy"
  >
  & { readonly policy: string };

/** Simulates episodes, the head of every chain. */
export const generate: StageKindDefinition<"generate", typeof schema, GenerateParameters> = {
  kind: "generate",
  schema,
  reads: {},
  gives: "episodes",
  stored: { policy: { type: "model", pathOf: policyPath } },
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
      ...checkNamed(path, site.resolution.stage, chosen),
      ...checkCameras([...path, "cameras"], site.resolution.stage.cameras ?? [], chosen),
    ]),
  withDefaults(resolution, context) {
    const filled = fillRollout(resolution, context);
    const shard = filled.shard ?? shardWithCameras(filled.cameras ?? [], filled.maxSteps);
    return { ...filled, shard, policy: policyName(filled.policy) ?? STORED_POLICY };
  },
  extentOf: ({ episodes, shard }) => ({ episodes, shard: shard! }), // withDefaults() filled it in
  estimate({ stage, parameters, context }) {
    const { shards, count } = candidatesOf(stage);
    return { shards, count, unit: "candidates", bytes: count * episodeBytes(parameters, context) };
  },
};

type Generate = z.output<typeof schema>;

function checkNamed(
  path: Finding["path"],
  { environment, policy: form }: Generate,
  chosen: EnvironmentFacts,
): readonly Finding[] {
  const policy = policyName(form);
  return policy === undefined ? [] : checkPolicyName(path, { environment, policy }, chosen);
}

/** Bytes of one episode of a compiled stage: every step column at its full length, uncompressed. */
export function episodeBytes(
  { environment, maxSteps, options, cameras = [] }: GenerateParameters,
  context: CompileContext,
): number {
  const { stepBytes } = chosenFacts(context.environments[environment]!, options);
  return maxSteps * (stepBytes + imageBytes(cameras));
}
