import { policyName } from "../../pipelines/kinds/policy.ts";
import { stageOperation } from "../../activities/stages/stage_operations.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { isBuiltinModel } from "../../learn/mod.ts";
import {
  type Changes,
  changesBetween,
  type CompileContext,
  compilePipeline,
  isShipped,
  kindOf,
  type Locate,
  type PipelineDeclaration,
  type PipelinePlan,
  type StagePlan,
} from "../../pipelines/mod.ts";
import { isBuiltinEnvironment, registeredPolicies } from "../../sim/mod.ts";
import type { BucketRoot } from "../../store/mod.ts";
import { readEnvironmentFiles } from "./environment_files.ts";
import { buildDigest } from "./build_digest.ts";
import { loadModules } from "./code_modules.ts";
import { createCompileContext } from "./compile_context.ts";
import { type PolicyFile, readPolicyFiles } from "./policy_file.ts";

/** A declaration that has passed every check, ready to run on a data root. Nothing was written. */
export interface PreparedRun {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  readonly plan: PipelinePlan;
  readonly context: CompileContext;
  /** See `buildDigest()`. */
  readonly build: string;
  /** URLs of the modules that workers must load. */
  readonly modules: readonly string[];
  /** ONNX files that must first be copied into the data root. */
  readonly policyFiles: readonly PolicyFile[];
  /** Earlier changes to the declaration. */
  readonly changes: Changes;
}

export interface PrepareOptions {
  /** Absolute path of the directory to which paths of modules and configs are relative. */
  readonly from: string;
  /** See {@linkcode PreparedRun.bucket}. */
  readonly bucket?: BucketRoot;
  /** Modules of the user's; see `loadModules()`. */
  readonly modules: readonly string[];
  /** Absolute path of the directory to which ONNX files are relative; `from` if absent. */
  readonly folder?: string;
  /** Says what takes its time. */
  readonly onNote?: (note: string) => void;
  /** The declaration as it stood before flags or options changed it; itself if absent. */
  readonly original?: PipelineDeclaration;
  /** Locates a part of the declaration for messages; absent for code. */
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
  { from, bucket, modules: specifiers, folder = from, onNote, original = given, locate }:
    PrepareOptions,
): Promise<PreparedRun> {
  const modules = await loadModules(specifiers, from);
  const { declaration, policyFiles } = await readPolicyFiles(
    await readEnvironmentFiles(given, from),
    folder,
    onNote,
  );
  const context = await createCompileContext(root, declaration, {
    ...{ modules, policyFiles },
    ...(bucket && { bucket }),
  });
  const plan = compilePipeline(declaration, context, locate);
  for (const stage of plan.stages) {
    if (modules.urls.length === 0) requireBuiltinCode(stage);
    await stageOperation(stage.kind).check?.(stage, {
      root,
      policyFiles: policyFiles.map(({ content }) => content),
      inputs: stage.from.map((name) => plan.stages.find((input) => input.name === name)!),
    });
  }
  return {
    root,
    ...(bucket && { bucket }),
    plan,
    context,
    build: buildDigest(modules),
    modules: modules.urls,
    policyFiles,
    changes: changesBetween(original, given),
  };
}

/**
 * Requires that a stage uses code that workers know: they do not know what only this process
 * registered.
 */
function requireBuiltinCode(stage: StagePlan): void {
  const kind = kindOf(stage), { environment } = stage.parameters;
  const model = kind.modelOf?.(stage.parameters);
  if (kind.simulates && !isBuiltinEnvironment(String(environment))) {
    throw notBuiltin(stage, `environment "${environment}"`);
  }
  const policy = policyName(stage.parameters["policy"]);
  if (
    kind.simulates && registeredPolicies(String(environment)).some(({ name }) => name === policy)
  ) {
    throw notBuiltin(stage, `policy "${policy}"`);
  }
  if (stage.command !== undefined) throw notBuiltin(stage, `command "${stage.command.name}"`);
  if (model !== undefined && !isBuiltinModel(model)) throw notBuiltin(stage, `model "${model}"`);
  if (!isShipped(kind)) throw notBuiltin(stage, `kind of stage "${stage.kind}"`);
}

function notBuiltin(stage: StagePlan, what: string): InvalidInputError {
  return new InvalidInputError({
    action: "run stage",
    place: stage.name,
    expected: `the module that registers ${what}`,
    found: "none",
    remedy: "add it with modules: [import.meta.resolve(...)] or --module",
  });
}
