import { digestOf, type JsonValue, shortKey } from "../../core/canonical.ts";
import { type Chain, findChains } from "./chains.ts";
import { checkDeclaration } from "../declare/check_declaration.ts";
import { errorOf, type Locate } from "../declare/findings.ts";
import { inputsOf, orderStages, type PipelineDeclaration } from "../declare/graph.ts";
import { manifestKeyOf, stageDirectory, stageKey } from "./identity.ts";
import type { ExternalInput, PipelinePlan, StageKind, StagePlan } from "../plan.ts";
import { type Resolution, type ResolvedStage, resolveStages } from "./resolve.ts";
import { evaluationRounds } from "../declare/stages.ts";

/** What a declaration chooses of an environment, by name. */
export type EnvironmentOptions = Readonly<Record<string, string | boolean>>;

/** What the compiler needs to know of a registered environment. */
export interface EnvironmentFacts {
  readonly codeVersion: number;
  readonly engine: { readonly name: string; readonly version: string };
  readonly policies: readonly string[];
  /** Control steps that an episode has at most. */
  readonly maxSteps: number;
  /** What `randomize` may name. Without a range it is drawn otherwise, e.g. a direction. */
  readonly randomization: readonly {
    readonly name: string;
    readonly range?: readonly [low: number, high: number];
    /** The widest range that a declaration may give. */
    readonly bounds?: readonly [low: number, high: number];
  }[];
  /** Names that `filter.limits` may set. */
  readonly limits: readonly string[];
  /**
   * What a declaration chooses of the environment, with its own choices filled in, and the facts
   * that come of them in place of the others; absent where there is nothing to choose.
   *
   * @throws {InvalidInputError} If there is no such option, or not with that value
   */
  configure?(options: EnvironmentOptions): {
    readonly options: EnvironmentOptions;
    readonly facts: Partial<EnvironmentFacts>;
  };
  /** Cameras that a declaration may name; the first is the one of pictures. */
  readonly views: readonly string[];
  /** Whether it has cameras anywhere, depth and segmentation. */
  readonly isSpatial: boolean;
  /** Bytes of one row of every step column, uncompressed. */
  readonly stepBytes: number;
  /** Numbers of one observation and of one action. */
  readonly observationSize: number;
  readonly actionSize: number;
  /** Of code that is not Sluice's: nothing but its digest tells two versions of it apart. */
  readonly codeDigest?: string;
}

/**
 * What the compiler knows of an environment as a stage has chosen it.
 *
 * @throws {InvalidInputError} If there is no such option, or not with that value
 */
export function chosenFacts(
  facts: EnvironmentFacts,
  options: EnvironmentOptions = {},
): EnvironmentFacts {
  return { ...facts, ...facts.configure?.(options).facts };
}

/** What the compiler needs to know of a registered model. */
export interface ModelFacts {
  readonly codeVersion: number;
  /** Roles that other models can have in its score; absent where it is a policy. */
  readonly roles?: readonly string[];
  /** See {@linkcode EnvironmentFacts.codeDigest}. */
  readonly codeDigest?: string;
  /**
   * Hyperparameters with the model's defaults filled in.
   *
   * @throws {InvalidInputError} If one is unknown to the model or out of its range
   */
  resolve(
    hyperparameters: Readonly<Record<string, JsonValue>>,
  ): Readonly<Record<string, JsonValue>>;
}

/** A dataset or policy in the data root, as `resolveExternal` finds it. */
export interface ResolvedExternal {
  /** Relative to the data root. */
  readonly path: string;
  readonly digest: string;
  /** Environment that it was made in, where it says so. */
  readonly environment?: string;
  /** What was chosen of that environment. */
  readonly options?: EnvironmentOptions;
  /** See {@linkcode ExternalInput.runtime}. */
  readonly runtime?: string;
  /** Numbers that a policy reads and gives; absent where it does not say. */
  readonly observationSize?: number;
  readonly actionSize?: number;
}

/** Everything beside the declaration that a plan depends on; made by the composition root. */
export interface CompileContext {
  /** Versions that keys name: `deno`, `codec`. Those of engines come with the environments. */
  readonly versions: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, EnvironmentFacts>>;
  readonly models: Readonly<Record<string, ModelFacts>>;
  readonly stageCodeVersions: Readonly<Record<StageKind, number>>;
  /** @throws {InvalidInputError} If nothing committed lies there */
  resolveExternal(path: string, parameter: ExternalInput["parameter"]): ResolvedExternal;
}

/**
 * Resolves a declaration: checks it, fills in every default, orders the stages and computes every
 * identity.
 *
 * @param locate Where messages say that a part stands; absent for code
 * @throws {InvalidInputError} If a check fails; the message names every finding
 */
export function compilePipeline(
  declaration: PipelineDeclaration,
  context: CompileContext,
  locate?: Locate,
): PipelinePlan {
  const { findings } = checkDeclaration(declaration, context);
  if (findings.length > 0) throw errorOf(declaration.name, findings, locate);
  const inputs = new Map(
    Object.entries(declaration.stages).map(([name, stage]) => [name, inputsOf(stage)]),
  );
  // checkDeclaration() has refused cycles.
  const order = orderStages(inputs).order ?? [];
  const resolutions = resolveStages(declaration, order, context, locate);
  const chains = findChains(declaration, resolutions);
  const seed = declaration.seed ?? 0;
  const drafts = new Map<string, Draft>();
  for (const name of order) {
    const from = inputs.get(name)!;
    drafts.set(name, draft(name, from, resolutions.get(name)!, { seed, chains, drafts, context }));
  }
  const stages = [...drafts.values()].map((draft) => finish(draft, chains.get(draft.name), drafts));
  return {
    name: declaration.name,
    seed,
    digest: pipelineDigest(declaration.name, seed, stages),
    stages,
  };
}

/** A stage before the identity of what stands behind it is known. */
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
  const common = {
    kind: stage.kind,
    parameters: parametersIn(stage),
    seed: ("seed" in stage ? stage.seed : undefined) ?? seed,
    stream: ("stream" in stage ? stage.stream : undefined) ?? name,
    external: external.map(({ parameter, path, digest, runtime }) => ({
      parameter,
      path,
      digest,
      ...(runtime === undefined ? {} : { runtime }),
    })),
  };
  const key = stageKey({
    ...common,
    inputs: from.map((input) => inputKey(name, drafts.get(input)!, chains, drafts)),
    environment: stage.kind === "generate" || stage.kind === "evaluate" ? environment : null,
    model: stage.kind === "train" ? stage.model : null,
  }, context);
  const shards = stage.kind === "evaluate"
    ? { shards: Math.ceil(stage.episodes / stage.shard) * evaluationRounds(stage).length }
    : {};
  return { name, from, ...common, key, directory: stageDirectory(stage.kind, key), ...shards };
}

/** Within a chain a shard depends on a shard; behind it, on which episodes were accepted. */
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
  { members, episodes }: Chain,
  drafts: ReadonlyMap<string, Draft>,
): string {
  const behind = members.slice(members.indexOf(stage.name) + 1);
  return manifestKeyOf(stage.key, episodes, behind.map((name) => drafts.get(name)!.key));
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
  return {
    ...draft,
    manifestKey,
    commit: `${draft.directory}/manifests/${shortKey(manifestKey)}`,
    chain: {
      target: chain.episodes,
      shard: chain.shard,
      maxCandidates: chain.episodes * chain.maxAttempts,
      generate: generate.directory,
      seed: generate.seed,
      previous: chain.members[at - 1] ?? null,
      next: chain.members[at + 1] ?? null,
    },
  };
}

/** Where a stage stands and what it draws: fields of the plan, not parameters. */
const FRAME: readonly string[] = ["kind", "from", "seed", "stream"];

/** What a stage declares beside its place in the graph; JSON has no undefined. */
function parametersIn(stage: ResolvedStage): Readonly<Record<string, JsonValue>> {
  const parameters = Object.entries(stage).filter(([name, value]) =>
    !FRAME.includes(name) && value !== undefined
  );
  return Object.fromEntries(parameters);
}

/** Stored inputs enter by digest: the same path may hold something else tomorrow. */
function pipelineDigest(name: string, seed: number, stages: readonly StagePlan[]): string {
  const declared = stages.map(({ kind, from, parameters, seed, stream, external }) => {
    const paths: readonly string[] = external.map(({ parameter }) => parameter);
    const kept = Object.entries(parameters).filter(([parameter]) => !paths.includes(parameter));
    return {
      kind,
      from,
      seed,
      stream,
      parameters: Object.fromEntries(kept),
      external: external.map(({ parameter, digest }) => ({ parameter, digest })),
    };
  });
  const byName = Object.fromEntries(stages.map((stage, at) => [stage.name, declared[at]!]));
  return digestOf({ name, seed, stages: byName });
}
