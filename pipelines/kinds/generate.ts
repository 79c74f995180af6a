import { z } from "zod";
import { QUARANTINED } from "../../core/quarantine.ts";
import { NOISE_KINDS, type NoiseKind } from "../../core/noise_kind.ts";
import { chosenFacts, type CompileContext, type EnvironmentFacts } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import {
  type CameraDeclaration,
  CAMERAS,
  checkCameras,
  imageBytes,
  shardWithCameras,
} from "./cameras.ts";
import { candidatesOf } from "./chain_extent.ts";
import { checkLearner } from "./learner_checks.ts";
import type { CompiledParameters, ResolvedSite, StageKindDefinition } from "./kind.ts";
import { checkRollout, fillRollout } from "./rollout.ts";
import {
  checkPolicyCommand,
  checkPolicyName,
  type LearnerDeclaration,
  learnerOf,
  policyCommand,
  type PolicyDeclaration,
  policyName,
  policyPath,
  rolloutPolicy,
} from "./policy.ts";
import { count, name, random, rollout, type RolloutDeclaration } from "./shared_fields.ts";

/** A stage that simulates episodes, shard by shard. */
export interface GenerateDeclaration<Name extends string = string> extends RolloutDeclaration {
  readonly kind: "generate";
  /** Registered environment. */
  readonly environment: string;
  /**
   * Policy of the environment, `scripted`, `random` or one of its own, a trained one by
   * `{ stored: PATH }`, a program by `{ command: NAME }`, or by `{ from: STAGE }` that of a train
   * stage, which may have an expert.
   *
   * @default {"scripted"}
   */
  readonly policy?: PolicyDeclaration | LearnerDeclaration<Name>;
  /**
   * Accepted episodes to deliver, in [1, 10^9].
   *
   * @default {100}
   */
  readonly episodes?: number;
  /**
   * Kind of action noise: `gaussian`, if absent, is drawn at every step; `ornstein-uhlenbeck` is
   * correlated over 50 ms, with a deviation uniform in [0, actionNoise] for each episode.
   */
  readonly noiseKind?: NoiseKind;
  /**
   * Episodes of one shard of work, in [1, 4096]; 32 if absent, and with cameras fewer, so that one
   * stays below 64 MB. With `auto`, a shard of tiny episodes holds more of them, about 4 MB.
   */
  readonly shard?: number | "auto";
  /**
   * What a shard that ends its workers three times does to the run: `fail`, if absent, ends it; with
   * `skip` the chain draws further candidates in its place, and commits name the shard and the
   * reason.
   */
  readonly quarantine?: "fail" | "skip";
  /** Cameras whose images are recorded before every step, 1 to 16. */
  readonly cameras?: readonly CameraDeclaration[];
  /** Tries an episode again until it is what is wanted; it then has a column `attempt`. */
  readonly attempts?: AttemptsDeclaration;
}

/** Number of attempts at an episode, and what ends them. */
export interface AttemptsDeclaration {
  /** Tries of one episode at most, in [2, 10000]. */
  readonly most: number;
  /**
   * Condition that ends the attempts: success of the episode, or validity.
   *
   * @default {"success"}
   */
  readonly until?: "success" | "valid";
}

const schema = z.strictObject({
  kind: z.literal("generate"),
  environment: name.describe("Registered environment"),
  policy: rolloutPolicy.default("scripted").describe(
    "Policy: scripted, random or another policy of the environment, { stored: PATH } for a " +
      "trained one, { command: NAME } for a program, or { from: STAGE } for that of a train " +
      "stage, with labels by an expert",
  ),
  episodes: count.default(100).describe("Number of accepted episodes to generate"),
  ...rollout,
  noiseKind: z.enum(NOISE_KINDS).describe(
    "Noise process: gaussian (default) is independent at every step; ornstein-uhlenbeck " +
      "has a correlation time of 50 ms and, per episode, a standard deviation drawn " +
      "uniformly from [0, actionNoise]",
  ).optional(),
  shard: z.union([rollout.shard.unwrap(), z.literal("auto")]).describe(
    "Episodes per shard (default 32; with cameras fewer, so that a shard stays below 64 " +
      "MB); auto puts more of them in a shard if they are tiny, up to about 4 MB",
  ).optional(),
  quarantine: z.enum(["fail", "skip"]).describe(
    "A shard that ends its workers three times fails the run (default), or is skipped: the " +
      "chain draws further candidates in its place and records the shard",
  ).optional(),
  cameras: CAMERAS.optional(),
  attempts: z.strictObject({
    most: z.int().min(2).max(10_000),
    until: z.enum(["success", "valid"]).default("success"),
  }).describe(
    "Retry each episode up to this many attempts in total until it succeeds or is valid; " +
      "adds column attempt",
  ).optional(),
  ...random,
}).describe("Simulates episodes in shards");

/** Policy of a compiled stage that a trained one acts in; its digest is among the stored inputs. */
export const STORED_POLICY = "stored";

/** Parameters of a compiled generate stage. */
export type GenerateParameters =
  & Omit<
    CompiledParameters<
      typeof schema,
      "options" | "noiseKind" | "cameras" | "attempts" | "quarantine",
      "gymConfig" | "actionConfig"
    >,
    "policy" | "shard"
  >
  & {
    readonly shard: number;
    /** Name of a policy, {@linkcode STORED_POLICY}, a program, or the learner of an input stage. */
    readonly policy: string | { readonly command: string } | LearnerDeclaration;
  };

/** Simulates episodes, the head of every chain. */
export const generate: StageKindDefinition<"generate", typeof schema, GenerateParameters> = {
  kind: "generate",
  schema,
  reads: {},
  gives: "episodes",
  stored: { policy: { type: "model", pathOf: policyPath, fromStage: "policy" } },
  // How far a chain goes, and whether it may skip shards, is in its manifest key.
  identity: {
    codeVersion: 1,
    versions: ["deno", "codec"],
    omits: ["episodes", "quarantine"],
    draws: true,
  },
  work: { shape: "sharded", resource: "simulate" },
  chain: { place: "head", order: 0 },
  simulates: true,
  commandOf: ({ policy }) => policyCommand(policy),
  isResult: false,
  progress: { unit: "episodes", count: "candidates", judgedBy: "success_rate" },
  headline: ["candidates", "success_rate", QUARANTINED],
  lookUp: (site) =>
    checkRollout(site, (path, chosen) => [
      ...checkNamed(path, site, chosen),
      ...checkLearner(site, chosen),
      ...checkCameras([...path, "cameras"], site.resolution.stage.cameras ?? [], chosen),
    ]),
  withDefaults(resolution, context) {
    const filled = fillRollout(resolution, context);
    const usual = shardWithCameras(filled.cameras ?? [], filled.maxSteps);
    const shard = filled.shard === "auto"
      ? Math.max(usual, largeShard(episodeBytes(filled, context)))
      : filled.shard ?? usual;
    return { ...filled, shard, policy: compiledPolicy(filled.policy) };
  },
  extentOf: ({ episodes, shard, quarantine }) => ({
    episodes,
    shard: Number(shard), // as withDefaults() gave it
    ...(quarantine === "skip" ? { quarantine } : {}),
  }),
  estimate({ stage, parameters, context }) {
    const { shards, count } = candidatesOf(stage);
    return { shards, count, unit: "candidates", bytes: count * episodeBytes(parameters, context) };
  },
};

type Generate = z.output<typeof schema>;

/** Returns one form for all that mean the same; what is stored counts by its digest. */
function compiledPolicy(form: Generate["policy"]) {
  const command = policyCommand(form);
  if (command !== undefined) return { command };
  return learnerOf(form) ?? policyName(form) ?? STORED_POLICY;
}

function checkNamed(
  path: Finding["path"],
  { resolution: { stage: { environment, policy: form } }, registered }: ResolvedSite<Generate>,
  chosen: EnvironmentFacts,
): readonly Finding[] {
  const policy = policyName(form), command = policyCommand(form);
  if (command !== undefined) {
    const use = { environment, policy: form, command, facts: chosen };
    return checkPolicyCommand(path, use, registered);
  }
  return policy === undefined ? [] : checkPolicyName(path, { environment, policy }, chosen);
}

/** Bytes of a shard of tiny episodes, and its most episodes: a thread holds one whole. */
const LARGE_SHARD_BYTES = 4 * 2 ** 20, LARGE_SHARD = 4096;

/** Episodes of a shard of about 4 MB: a power of two, so that small changes do not change it. */
function largeShard(bytes: number): number {
  const episodes = Math.max(1, Math.min(LARGE_SHARD, LARGE_SHARD_BYTES / Math.max(1, bytes)));
  return 2 ** Math.floor(Math.log2(episodes));
}

/** Bytes of one episode of a compiled stage: every step column at its full length, uncompressed. */
export function episodeBytes(
  { environment, maxSteps, options, cameras = [] }: Pick<
    GenerateParameters,
    "environment" | "maxSteps" | "options" | "cameras"
  >,
  context: CompileContext,
): number {
  const { stepBytes } = chosenFacts(context.environments[environment]!, options);
  return maxSteps * (stepBytes + imageBytes(cameras));
}
