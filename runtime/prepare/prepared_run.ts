import { join } from "node:path";
import { tryPolicy } from "../../activities/stages/policy.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { checkInitialPolicy, isBuiltinModel, loadOnnxPolicy } from "../../learn/mod.ts";
import {
  type CompileContext,
  compilePipeline,
  hyperparametersOf,
  type Locate,
  parametersOf,
  type PipelineDeclaration,
  type PipelinePlan,
  type StagePlan,
} from "../../pipelines/mod.ts";
import { getEnvironment, isBuiltinEnvironment } from "../../sim/mod.ts";
import { loadPolicy, openDataset } from "../../store/mod.ts";
import { readEnvironmentFiles } from "./environment_files.ts";
import { userPath } from "../data/data_root.ts";
import { buildDigest } from "./build_digest.ts";
import { loadModules } from "./code_modules.ts";
import { createCompileContext } from "./compile_context.ts";
import type { PolicyFile } from "./policy_file.ts";

/** A declaration that has passed every check, ready to run on a data root. Nothing was written. */
export interface PreparedRun {
  /** Absolute path of the data root. */
  readonly root: string;
  readonly plan: PipelinePlan;
  readonly context: CompileContext;
  /** See `buildDigest()`. */
  readonly build: string;
  /** URLs of the modules that workers must load. */
  readonly modules: readonly string[];
  /** To be brought into the data root first. */
  readonly policyFile: PolicyFile | null;
}

export interface PrepareOptions {
  /** Modules of the user's; see `loadModules()`. */
  readonly modules: readonly string[];
  readonly policyFile?: PolicyFile | null;
  /** Where messages say that a part of the declaration stands; absent for code. */
  readonly locate?: Locate;
}

/**
 * Compiles a declaration and checks all that can be checked before a run.
 *
 * @throws {InvalidInputError} If the declaration, a module or a stored input is not usable
 */
export async function prepareRun(
  root: string,
  given: PipelineDeclaration,
  { modules: specifiers, policyFile = null, locate }: PrepareOptions,
): Promise<PreparedRun> {
  const modules = await loadModules(specifiers);
  const declaration = await readEnvironmentFiles(given, userPath("."));
  const context = await createCompileContext(root, declaration, { modules, policyFile });
  const plan = compilePipeline(declaration, context, locate);
  for (const stage of plan.stages) {
    if (modules.urls.length === 0) requireBuiltinCode(stage);
    if (stage.kind === "train") await checkInitialWeights(root, stage);
    if (stage.kind === "evaluate" && policyFile !== null) await checkShape(policyFile, stage);
  }
  return { root, plan, context, build: buildDigest(modules), modules: modules.urls, policyFile };
}

/** What only this process has registered, no worker knows. */
function requireBuiltinCode(stage: StagePlan): void {
  const [what, name, builtin] = stage.kind === "generate" || stage.kind === "evaluate"
    ? ["environment", parametersOf(stage, stage.kind).environment, isBuiltinEnvironment] as const
    : stage.kind === "train"
    ? ["model", parametersOf(stage, "train").model, isBuiltinModel] as const
    : ["", "", () => true] as const;
  if (builtin(name)) return;
  throw new InvalidInputError(
    `Cannot run stage "${stage.name}": expected the module that registers ${what} "${name}", found ` +
      "none: name it by modules: [import.meta.resolve(...)], or by --module",
  );
}

/** What an ONNX file says of its sizes was compared; what it leaves open it says when it is run. */
async function checkShape({ bytes }: PolicyFile, stage: StagePlan): Promise<void> {
  const { act, close } = await loadOnnxPolicy(bytes);
  try {
    await tryPolicy(act, getEnvironment(parametersOf(stage, "evaluate").environment));
  } finally {
    await close();
  }
}

/** A policy of another shape is found here, where dataset and policy are both stored. */
async function checkInitialWeights(root: string, stage: StagePlan): Promise<void> {
  const stored = Object.fromEntries(
    stage.external.map(({ parameter, path }) => [parameter, join(root, path)]),
  );
  if (stored["initFrom"] === undefined || stored["dataset"] === undefined) return;
  await checkInitialPolicy(await loadPolicy(stored["initFrom"]), {
    model: parametersOf(stage, "train").model,
    parameters: hyperparametersOf(stage),
    source: await openDataset(stored["dataset"]),
  });
}
