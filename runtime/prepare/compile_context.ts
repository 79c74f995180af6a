import { identifyProgram } from "../../activities/commands/command_digest.ts";
import {
  listCommands,
  type ProgramCommand,
} from "../../activities/commands/registered_commands.ts";
import { rowSize, SCALAR_BYTES } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import {
  ARITHMETIC,
  isBuiltinModel,
  listModels,
  type ModelDefinition,
  ONNX_RUNTIME,
  policySizes,
  resolveParameters,
} from "../../learn/mod.ts";
import {
  type ArtifactType,
  expandedStages,
  isShipped,
  kindOf,
  listKinds,
  storedParameters,
} from "../../pipelines/mod.ts";
import type { KeyContext } from "../../pipelines/compile/identity.ts";
import type {
  CompileContext,
  EnvironmentFacts,
  ModelFacts,
  PipelineDeclaration,
  Registered,
  ResolvedExternal,
} from "../../pipelines/mod.ts";
import {
  DECLARED,
  type EnvironmentDefinition,
  type EnvironmentOptions,
  getEnvironment,
  isBuiltinEnvironment,
  listEnvironments,
  observationSize,
  registeredPolicies,
  resolveOptions,
  viewsOf,
} from "../../sim/mod.ts";
import type { StageCommand } from "../../pipelines/plan.ts";
import {
  type BucketRoot,
  CODEC_VERSION,
  loadPolicy,
  ONNX_DESCRIPTION,
  ONNX_FILE,
  openDataset,
  readCommit,
} from "../../store/mod.ts";
import { fillNamed } from "../data/fill_named.ts";
import { onnxKinds, resolveArtifact, resolvePolicy } from "../data/artifacts.ts";
import { type CodeModules, NO_MODULES } from "./code_modules.ts";
import type { PolicyFile } from "./policy_file.ts";

export interface CompileContextOptions {
  /** Modules whose environments and models are registered in addition to Sluice's. */
  readonly modules?: CodeModules;
  /** Policies that are not in the data root yet. */
  readonly policyFiles?: readonly PolicyFile[];
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
}

/**
 * Creates the compiler's context: registered environments and models, versions, and the stored
 * datasets and policies that the declaration names.
 *
 * @param root Absolute path of the data root
 * @throws {InvalidInputError} If nothing committed lies where the declaration says
 */
export async function createCompileContext(
  root: string,
  declaration: PipelineDeclaration,
  { modules = NO_MODULES, policyFiles = [], bucket }: CompileContextOptions = {},
): Promise<CompileContext> {
  const stored = await findStored({ root, bucket }, declaration, policyFiles);
  return {
    ...keyContext(modules),
    resolveExternal(path, parameter) {
      const found = stored.get(storedKey(path, parameter));
      if (found === undefined) throw new TypeError(`Cannot find "${path}": it was not declared`);
      return found;
    },
  };
}

/** Returns the facts other than the plan on which keys depend. */
export function keyContext(modules: CodeModules = NO_MODULES): KeyContext {
  return {
    versions: { deno: Deno.version.deno, codec: CODEC_VERSION },
    ...registeredFacts(modules),
    stageCodeVersions: Object.fromEntries(
      listKinds().map(({ kind, identity }) => [kind, identity.codeVersion]),
    ),
    kindDigests: kindDigests(modules),
  };
}

/** Returns the facts about every registered environment and model. */
export function registeredFacts(modules: CodeModules = NO_MODULES): Registered {
  return {
    environments: Object.fromEntries(
      [...listEnvironments(), getEnvironment(DECLARED)].map((environment) => [
        environment.name,
        environmentFacts(environment, modules),
      ]),
    ),
    models: Object.fromEntries(
      listModels().map((model) => [model.name, modelFacts(model, modules)]),
    ),
    ...commandFacts(),
  };
}

/** Returns the facts about every registered program that the compiler needs. */
function commandFacts(): Pick<Registered, "commands"> {
  const programs = listCommands();
  if (programs.length === 0) return {};
  return {
    commands: Object.fromEntries(programs.map(({ role, program, ...facts }) => {
      let command: StageCommand | null = null;
      return [program.name, {
        role,
        ...facts,
        // Once a context: stages of one run share what is drawn for it.
        identify: () => command ??= identifyCommand(program),
      }];
    })),
  };
}

/** A program by its files; one without any gets a number that no other run has. */
function identifyCommand(command: ProgramCommand): StageCommand {
  const { digest, isKnown } = identifyProgram(command), { name } = command;
  if (isKnown) return { name, digest };
  const nonce = [...crypto.getRandomValues(new Uint8Array(32))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { name, digest, nonce };
}

/**
 * Returns the digest of the user's code: only it tells whether the code is that of a stored result.
 */
function codeDigest(builtin: boolean, { digest }: CodeModules): { readonly codeDigest?: string } {
  return builtin || digest === null ? {} : { codeDigest: digest };
}

/** Digest of the code of every kind that a module registered. */
function kindDigests({ digest }: CodeModules): Readonly<Record<string, string>> {
  if (digest === null) return {};
  const own = listKinds().filter((kind) => !isShipped(kind));
  return Object.fromEntries(own.map(({ kind }) => [kind, digest]));
}

function modelFacts(model: ModelDefinition, modules: CodeModules): ModelFacts {
  return {
    codeVersion: model.codeVersion,
    arithmetic: ARITHMETIC,
    ...codeDigest(isBuiltinModel(model.name), modules),
    ...(model.scoring === undefined ? {} : { roles: model.scoring.roles }),
    ...(model.window === undefined ? {} : { window: model.window }),
    resolve: (hyperparameters) => resolveParameters(model, hyperparameters),
  };
}

function environmentFacts(
  environment: EnvironmentDefinition,
  modules: CodeModules,
): EnvironmentFacts {
  const hasOptions = (environment.options ?? []).length > 0;
  return {
    ...(hasOptions ? { configure: (options) => configure(environment, options, modules) } : {}),
    ...factsOf(environment, modules),
  };
}

function factsOf(environment: EnvironmentDefinition, modules: CodeModules): EnvironmentFacts {
  const { codeVersion, engine, policies, maxSteps, randomization, limits } = environment;
  return {
    codeVersion,
    engine,
    policies,
    ...ownPolicies(environment, modules),
    maxSteps,
    randomization,
    limits: Object.keys(limits),
    views: viewsOf(environment),
    isSpatial: environment.cameras !== undefined,
    stepBytes: environment.schema().step.reduce(
      (sum, { dtype, shape }) => sum + SCALAR_BYTES[dtype] * rowSize(shape),
      0,
    ),
    observationSize: observationSize(environment),
    actionSize: rowSize(environment.action.shape),
    ...codeDigest(isBuiltinEnvironment(environment.name), modules),
  };
}

/** The policies of an environment that modules registered, with what tells their code apart. */
function ownPolicies(
  { name }: EnvironmentDefinition,
  modules: CodeModules,
): Pick<EnvironmentFacts, "ownPolicies"> {
  const own = registeredPolicies(name);
  if (own.length === 0) return {};
  return {
    ownPolicies: Object.fromEntries(
      own.map((
        { name, codeVersion = 1 },
      ) => [name, { codeVersion, ...codeDigest(false, modules) }]),
    ),
  };
}

function configure(
  environment: EnvironmentDefinition,
  options: EnvironmentOptions,
  modules: CodeModules,
) {
  const resolved = resolveOptions(environment, options);
  const chosen = getEnvironment(environment.name, resolved);
  return { options: resolved, facts: factsOf(chosen, modules) };
}

async function findStored(
  { root, bucket }: { readonly root: string; readonly bucket: BucketRoot | undefined },
  declaration: PipelineDeclaration,
  policyFiles: readonly PolicyFile[],
): Promise<ReadonlyMap<string, ResolvedExternal>> {
  const found = new Map<string, ResolvedExternal>();
  for (const { external } of policyFiles) found.set(storedKey(external.path, "policy"), external);
  for (const stage of expandedStages(declaration).values()) {
    for (const [parameter, text] of storedParameters(stage)) {
      const { type } = kindOf(stage).stored![parameter]!; // storedParameters() has it from there
      const key = storedKey(text, parameter);
      if (found.has(key)) continue;
      if (bucket !== undefined) await fillNamed(bucket, text, type);
      found.set(key, await resolveStored(root, text, parameter, type));
    }
  }
  return found;
}

/**
 * Returns the key of a stored result: one run may be named as a dataset, as a policy, and as the
 * policy to continue from.
 */
function storedKey(text: string, parameter: string): string {
  return `${parameter} ${text}`;
}

async function resolveStored(
  root: string,
  text: string,
  parameter: string,
  type: ArtifactType,
): Promise<ResolvedExternal> {
  const { directory, path, digest } = parameter === "policy"
    ? await resolvePolicy(root, text)
    : await resolveArtifact(root, text, type);
  if (path === null) {
    throw new InvalidInputError({
      action: "use",
      place: text,
      expected: `something in the data directory "${root}"`,
      found: `"${directory}"`,
      remedy: "set SLUICE_HOME to the directory that holds it",
    });
  }
  const commit = type === "dataset" ? null : await readCommit(directory);
  const onnx = commit?.files.get(ONNX_FILE);
  // A train stage has the policy's tensors too, which need no runtime.
  if (parameter === "policy" && onnx !== undefined && onnxKinds().includes(commit?.kind ?? "")) {
    const description = commit?.files.get(ONNX_DESCRIPTION);
    return {
      path,
      digest: onnx,
      runtime: ONNX_RUNTIME,
      ...(description === undefined ? {} : { description }),
    };
  }
  const made = type === "dataset"
    ? (await openDataset(directory)).schema
    : commit?.attributes ?? {};
  const { environment, options } = made;
  return {
    path,
    digest,
    ...(parameter === "policy" ? policySizes(await loadPolicy(directory)) : {}),
    ...(typeof environment === "string" ? { environment } : {}),
    // Of a schema, or what a training took from one.
    ...(options === undefined ? {} : { options: options as EnvironmentOptions }),
  };
}
