import { digestOf, type JsonValue } from "../../core/canonical.ts";
import { inputsOf, orderStages, type PipelineDeclaration, stagesOf } from "../declare/graph.ts";
import { errorOf, type Finding, type Locate } from "../findings.ts";
import { type AnyStage, FRAME, type Resolution } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";
import { commitDirectory, stageDirectory } from "../places.ts";
import type { PipelinePlan, StageCommand, StagePlan } from "../plan.ts";
import { findEqualVariants } from "../variants/equal_variants.ts";
import { atOrigin } from "../variants/origins.ts";
import { parseVariant } from "../variants/variant_name.ts";
import { type Chain, findChains } from "./chains.ts";
import { checkDeclaration } from "./check_declaration.ts";
import type { CompileContext } from "./context.ts";
import { manifestKeyOf, stageKey } from "./identity.ts";
import { resolveStages } from "./resolve.ts";
import { findSkippable } from "./skippable.ts";

/**
 * Resolves a declaration: checks it, fills in every default, orders the stages and computes every
 * identity.
 *
 * @param locate Where messages say that a part stands; absent for code
 * @throws {InvalidInputError} If a check fails; the message names every finding
 */
export function compilePipeline(
  given: PipelineDeclaration,
  context: CompileContext,
  locate?: Locate,
): PipelinePlan {
  const { declaration, expansion, findings } = checkDeclaration(given, context);
  const refuse = (found: readonly Finding[]) =>
    errorOf(given.name, atOrigin(found, expansion.originOf), locate);
  if (findings.length > 0) throw errorOf(given.name, findings, locate);
  const inputs = new Map(
    Object.entries(declaration.stages).map(([name, stage]) => [name, inputsOf(stage)]),
  );
  const unless = findSkippable(stagesOf(declaration), inputs);
  // checkDeclaration() has refused cycles.
  const order = orderStages(withLooks(inputs, unless)).order ?? [];
  const resolutions = resolveStages(declaration, order, context, refuse);
  const chains = findChains(declaration, resolutions);
  const seed = declaration.seed ?? 0;
  const drafts = new Map<string, Draft>();
  for (const name of order) {
    const from = inputs.get(name)!;
    drafts.set(name, draft(name, from, resolutions.get(name)!, { seed, chains, drafts, context }));
  }
  const stages = [...drafts.values()].map((draft) => ({
    ...finish(draft, chains.get(draft.name), drafts),
    ...(unless.has(draft.name) ? { unless: unless.get(draft.name)! } : {}),
  }));
  const equal = findEqualVariants(expansion, stages);
  if (equal.length > 0) throw errorOf(given.name, equal, locate);
  return {
    name: declaration.name,
    seed,
    digest: pipelineDigest(declaration.name, seed, stages),
    stages,
  };
}

/** Adds to the inputs of a stage what may make it unnecessary: that comes before it, too. */
function withLooks(
  inputs: ReadonlyMap<string, readonly string[]>,
  unless: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  return new Map([...inputs].map(([name, from]) => {
    const look = unless.get(name);
    return [name, look === undefined ? from : [...from, look]] as const;
  }));
}

/** Stage before the identity of the following stages is known. */
type Draft = Omit<StagePlan, "manifestKey" | "commit" | "chain">;

interface Compilation {
  readonly seed: number;
  readonly chains: ReadonlyMap<string, Chain>;
  /** Stages already drafted, the inputs among them. */
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly context: CompileContext;
}

function draft(
  name: string,
  from: readonly string[],
  { stage, external, environment }: Resolution,
  { seed, chains, drafts, context }: Compilation,
): Draft {
  const kind = kindOf(stage), command = identifyCommand(stage, context);
  const common = {
    kind: stage.kind,
    parameters: parametersIn(stage),
    seed: stage.seed ?? seed,
    // Variants draw the same numbers, so that they can be compared.
    stream: stage.stream ?? parseVariant(name).base,
    external: external.map(({ parameter, path, digest, runtime, description }) => ({
      parameter,
      path,
      digest,
      ...(runtime === undefined ? {} : { runtime }),
      ...(description === undefined ? {} : { description }),
    })),
    ...(command === undefined ? {} : { command }),
  };
  const key = stageKey({
    ...common,
    from,
    inputs: from.map((input) => inputKey(name, drafts.get(input)!, chains, drafts)),
    environment: kind.simulates ? environment : null,
    model: kind.modelOf?.(stage) ?? null,
  }, context);
  const shards = kind.shardsOf?.(stage);
  // Which shards of a chain end their workers is chance; the shards themselves are exact.
  const isChance = (input: string) =>
    chains.get(input)?.quarantine !== undefined && chains.get(input) !== chains.get(name);
  const isExact = command === undefined &&
    from.every((input) => drafts.get(input)!.exact !== false && !isChance(input));
  return {
    name,
    from,
    ...common,
    work: kind.work,
    key,
    directory: stageDirectory(stage.kind, key),
    ...(isExact ? {} : { exact: false as const }),
    ...(shards === undefined ? {} : { shards }),
  };
}

/** Returns the program that a stage runs; that it is registered was looked up. */
function identifyCommand(stage: AnyStage, { commands }: CompileContext): StageCommand | undefined {
  const name = kindOf(stage).commandOf?.(stage);
  return name === undefined ? undefined : commands![name]!.identify();
}

/**
 * Returns the key of an input: within a chain, a shard depends on a shard; after the chain, on
 * which episodes were accepted.
 */
function inputKey(
  consumer: string,
  input: Draft,
  chains: ReadonlyMap<string, Chain>,
  drafts: ReadonlyMap<string, Draft>,
): string {
  const chain = chains.get(input.name);
  if (chain === undefined || chain === chains.get(consumer)) return input.key;
  return chainManifestKey(input, chain, drafts);
}

function chainManifestKey(
  stage: Draft,
  { members, episodes: target, ...chain }: Chain,
  drafts: ReadonlyMap<string, Draft>,
): string {
  const behind = members.slice(members.indexOf(stage.name) + 1);
  return manifestKeyOf(
    stage.key,
    { target, ...chain },
    behind.map((name) => drafts.get(name)!.key),
  );
}

function finish(
  draft: Draft,
  chain: Chain | undefined,
  drafts: ReadonlyMap<string, Draft>,
): StagePlan {
  if (chain === undefined) return { ...draft, manifestKey: draft.key, commit: draft.directory };
  const manifestKey = chainManifestKey(draft, chain, drafts);
  const at = chain.members.indexOf(draft.name);
  const generate = drafts.get(chain.members[0]!)!;
  const place = {
    target: chain.episodes,
    shard: chain.shard,
    maxCandidates: chain.episodes * chain.maxAttempts,
    ...(chain.quarantine === undefined ? {} : { quarantine: chain.quarantine }),
    generate: generate.directory,
    seed: generate.seed,
    previous: chain.members[at - 1] ?? null,
    next: chain.members[at + 1] ?? null,
  };
  const commit = commitDirectory({ ...draft, manifestKey, chain: place });
  return { ...draft, manifestKey, commit, chain: place };
}

/**
 * Returns the parameters of a stage other than its place in the graph, without undefined values,
 * which JSON lacks.
 */
function parametersIn(stage: AnyStage): Readonly<Record<string, JsonValue>> {
  const parameters = Object.entries(stage).filter(([name, value]) =>
    !FRAME.some((field) => field === name) && value !== undefined
  );
  // The schema of its kind has accepted them, and they came from JSON or code that compiles to it.
  return Object.fromEntries(parameters) as Readonly<Record<string, JsonValue>>;
}

/** Stored inputs enter by digest: the same path may hold something else tomorrow. */
function pipelineDigest(name: string, seed: number, stages: readonly StagePlan[]): string {
  const declared = stages.map(({ kind, from, parameters, seed, stream, external, command }) => {
    const paths: readonly string[] = external.map(({ parameter }) => parameter);
    const kept = Object.entries(parameters).filter(([parameter]) => !paths.includes(parameter));
    return {
      kind,
      from,
      seed,
      stream,
      parameters: Object.fromEntries(kept),
      external: external.map(({ parameter, digest, description }) => ({
        parameter,
        digest,
        ...(description === undefined ? {} : { description }),
      })),
      ...(command === undefined ? {} : { command: { ...command } }),
    };
  });
  const byName = Object.fromEntries(stages.map((stage, at) => [stage.name, declared[at]!]));
  return digestOf({ name, seed, stages: byName });
}
