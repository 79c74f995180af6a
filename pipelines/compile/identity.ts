import { digestOf, type JsonValue } from "../../core/canonical.ts";
import type { StageKindDefinition } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";
import { namedIn } from "../kinds/policy.ts";
import { isReference } from "../kinds/stage_inputs.ts";
import type { ChainPlace, ExternalInput, StageCommand } from "../plan.ts";
import {
  chosenFacts,
  type CompileContext,
  type EnvironmentFacts,
  type EnvironmentOptions,
} from "./context.ts";

/**
 * Keys: what the bytes of a stage depend on, and nothing else. Equal key, equal bytes, so a stored
 * result may stand in for the work.
 */

/** Facts other than the plan on which keys depend. */
export type KeyContext = Omit<CompileContext, "resolveExternal">;

/** Content from which a key is computed. */
export interface Identity {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly seed: number;
  readonly stream: string;
  /** Names of the input stages; absent where there are none. */
  readonly from?: readonly string[];
  /** Manifest keys of the input stages, in declared order; shard keys within a chain. */
  readonly inputs: readonly string[];
  readonly external: readonly ExternalInput[];
  /** Environment that the stage simulates in, null for kinds that do not. */
  readonly environment: string | null;
  /** Model that the stage trains, null for other kinds. */
  readonly model: string | null;
  /** Program that computes it; absent where there is none. */
  readonly command?: StageCommand;
}

/** The key of a stage, 64 hex digits. */
export function stageKey(identity: Identity, context: KeyContext): string {
  const { kind, parameters, seed, stream, inputs, external } = identity;
  const definition = kindOf(identity).identity;
  const kept = Object.entries(parameters).filter(([name, value]) =>
    !definition.omits.includes(name) || namesNothingStored(kindOf(identity), name, value)
  ).map(([name, value]) => [name, withoutStage(kindOf(identity), name, value)] as const);
  const versions = definition.versions.flatMap((name) => {
    const version = context.versions[name];
    return version === undefined ? [] : [[name, version] as const];
  });
  return digestOf({
    kind,
    code: context.stageCodeVersions[kind] ?? definition.codeVersion,
    parameters: withoutVariants(Object.fromEntries(kept), identity.from ?? []),
    versions: Object.fromEntries(versions),
    inputs,
    external: external.map(({ path: _, ...identity }) => identity),
    ...(definition.draws ? { seed, stream } : {}),
    ...kindFacts(kind, context),
    ...(identity.command === undefined ? {} : commandFacts(identity.command)),
    ...(identity.environment === null ? {} : environmentFacts(identity, context)),
    ...(identity.model === null ? {} : modelFacts(identity.model, context)),
  });
}

/** A value in which variants of inputs are named by their place: no key depends on what they are called. */
function withoutVariants(value: JsonValue, from: readonly string[]): JsonValue {
  const unnamed = (text: string) => {
    const at = text.includes("[") ? from.indexOf(text) : -1;
    return at < 0 ? text : `#${at}`;
  };
  if (typeof value === "string") return unnamed(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((part) => withoutVariants(part, from));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [unnamed(name), withoutVariants(part, from)]),
  );
}

/** A parameter without the name of a stage: that counts by its key, among the inputs. */
function withoutStage(
  { stored = {} }: StageKindDefinition,
  name: string,
  value: JsonValue,
): JsonValue {
  if (stored[name]?.fromStage === undefined || !isReference(value)) return value;
  const fields: readonly (readonly [string, JsonValue])[] = Object.entries(value);
  return Object.fromEntries(fields.filter(([field]) => field !== "from"));
}

/** Whether a parameter that could name something stored, which counts by its digest, does not. */
function namesNothingStored(
  { stored = {} }: StageKindDefinition,
  name: string,
  value: unknown,
): boolean {
  const { pathOf } = stored[name] ?? {};
  return pathOf !== undefined && pathOf(value) === undefined;
}

/**
 * Returns the digest of a kind that a module registered: only it tells two versions of the kind
 * apart.
 */
function kindFacts(kind: string, { kindDigests }: KeyContext): Record<string, string> {
  const digest = kindDigests?.[kind];
  return digest === undefined ? {} : { kindDigest: digest };
}

/** A command by its code, whatever it is called; one whose files are unknown is never found again. */
function commandFacts({ digest, nonce }: StageCommand) {
  return { command: { digest, ...(nonce === undefined ? {} : { nonce }) } };
}

function environmentFacts({ environment, parameters, external }: Identity, context: KeyContext) {
  // The stage's own, validated by its schema.
  const options = (parameters["options"] ?? {}) as EnvironmentOptions;
  const facts = chosenFacts(context.environments[environment!]!, options);
  const { codeVersion, codeDigest, engine } = facts;
  return {
    environmentCode: codeVersion,
    ...(codeDigest === undefined ? {} : { environmentDigest: codeDigest }),
    engine: { name: engine.name, version: engine.version },
    ...(external.some(({ parameter }) => parameter === "policy")
      ? {}
      : policyFacts(parameters["policy"], facts)),
  };
}

/** Returns the version and the code digest of a policy that a module registered. */
function policyFacts(
  form: JsonValue | undefined,
  { ownPolicies = {} }: EnvironmentFacts,
): Record<string, JsonValue> {
  const policy = namedIn(form);
  if (policy === undefined || !Object.hasOwn(ownPolicies, policy)) return {};
  const { codeVersion, codeDigest } = ownPolicies[policy]!;
  return {
    policyCode: codeVersion,
    ...(codeDigest === undefined ? {} : { policyDigest: codeDigest }),
  };
}

function modelFacts(name: string, context: KeyContext) {
  const { codeVersion, arithmetic, codeDigest } = context.models[name]!;
  return {
    modelCode: codeVersion,
    arithmetic,
    ...(codeDigest === undefined ? {} : { modelDigest: codeDigest }),
  };
}

/**
 * Computes the key of what a chain stage covers: its shards, how many accepted episodes end it, and
 * the following checks, which decide which those are.
 *
 * @param behind Keys of the stages behind it in its chain, in order
 */
export function manifestKeyOf(
  key: string,
  { target, quarantine }: Pick<ChainPlace, "target" | "quarantine">,
  behind: readonly string[],
): string {
  return digestOf({ key, target, behind, ...(quarantine === undefined ? {} : { quarantine }) });
}
