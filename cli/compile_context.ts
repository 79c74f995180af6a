import { STAGE_CODE_VERSIONS } from "../activities/code_versions.ts";
import { rowSize } from "../core/episode.ts";
import { InvalidInputError } from "../core/errors.ts";
import { listModels, resolveParameters } from "../learn/mod.ts";
import type {
  CompileContext,
  EnvironmentFacts,
  ExternalInput,
  ModelFacts,
  PipelineDeclaration,
  ResolvedExternal,
} from "../pipelines/mod.ts";
import { type EnvironmentDefinition, listEnvironments } from "../sim/mod.ts";
import { CODEC_VERSION, openDataset, readCommit, resolveOutput } from "../store/mod.ts";

/** Bytes of one scalar of each column type. */
const SCALAR_BYTES = { float32: 4, float64: 8, int32: 4, int64: 8, uint8: 1, bool: 1 } as const;

/**
 * What the compiler must know beside a declaration: registered environments and models, versions,
 * and the stored datasets and policies that the declaration names.
 *
 * @param root Absolute path of the data root
 * @throws {InvalidInputError} If nothing committed lies where the declaration says
 */
export async function createCompileContext(
  root: string,
  declaration: PipelineDeclaration,
): Promise<CompileContext> {
  const stored = await findStored(root, declaration);
  return {
    versions: { deno: Deno.version.deno, codec: CODEC_VERSION },
    environments: Object.fromEntries(
      listEnvironments().map((environment) => [environment.name, environmentFacts(environment)]),
    ),
    models: Object.fromEntries(
      listModels().map((model): [string, ModelFacts] => [model.name, {
        codeVersion: model.codeVersion,
        resolve: (hyperparameters) => resolveParameters(model, hyperparameters),
      }]),
    ),
    stageCodeVersions: STAGE_CODE_VERSIONS,
    resolveExternal(path, parameter) {
      const found = stored.get(storedKey(path, parameter));
      if (found === undefined) throw new TypeError(`Cannot find "${path}": it was not declared`);
      return found;
    },
  };
}

function environmentFacts(environment: EnvironmentDefinition): EnvironmentFacts {
  const { codeVersion, engine, policies, maxSteps, randomization, limits } = environment;
  return {
    codeVersion,
    engine,
    policies,
    maxSteps,
    randomization,
    limits: Object.keys(limits),
    stepBytes: environment.schema().step.reduce(
      (sum, { dtype, shape }) => sum + SCALAR_BYTES[dtype] * rowSize(shape),
      0,
    ),
  };
}

/** The kind of stage whose output each parameter names. */
const OUTPUT_KINDS = {
  dataset: "merge",
  initFrom: "train",
  policy: "train",
} as const satisfies Record<ExternalInput["parameter"], "merge" | "train">;

async function findStored(
  root: string,
  { stages }: PipelineDeclaration,
): Promise<ReadonlyMap<string, ResolvedExternal>> {
  const found = new Map<string, ResolvedExternal>();
  for (const stage of Object.values(stages)) {
    const named = stage.kind === "train"
      ? { dataset: stage.dataset, initFrom: stage.initFrom }
      : stage.kind === "evaluate"
      ? { policy: stage.policy }
      : {};
    for (const [parameter, text] of Object.entries(named)) {
      if (text === undefined) continue;
      const name = parameter as ExternalInput["parameter"]; // Object.entries() widens it
      found.set(storedKey(text, name), await resolveStored(root, text, OUTPUT_KINDS[name]));
    }
  }
  return found;
}

/** One run may be named both as a dataset and as a policy. */
function storedKey(text: string, parameter: ExternalInput["parameter"]): string {
  return `${OUTPUT_KINDS[parameter]} ${text}`;
}

async function resolveStored(
  root: string,
  text: string,
  kind: "merge" | "train",
): Promise<ResolvedExternal> {
  const { directory, path, digest } = await resolveOutput(root, text, kind);
  if (path === null) {
    throw new InvalidInputError(
      `Cannot use "${text}": expected something in the data directory "${root}", found ` +
        `"${directory}": set SLUICE_HOME to the directory that holds it`,
    );
  }
  const environment = kind === "merge"
    ? (await openDataset(directory)).schema.environment
    : (await readCommit(directory))?.attributes["environment"];
  return { path, digest, ...(typeof environment === "string" ? { environment } : {}) };
}
