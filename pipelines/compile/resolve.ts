import type { z } from "zod";
import { shardWithCameras } from "../declare/cameras.ts";
import {
  chosenFacts,
  type CompileContext,
  type EnvironmentOptions,
  type ResolvedExternal,
} from "./compile.ts";
import { errorOf, type Locate } from "../declare/findings.ts";
import { inputsOf, type PipelineDeclaration } from "../declare/graph.ts";
import { checkLookups } from "./lookups.ts";
import type { ExternalInput, StageKind } from "../plan.ts";
import { declaredHyperparameters, HYPERPARAMETERS, STAGES } from "../declare/stages.ts";

/** A stage with the defaults of its kind filled in, and in the end of its model and environment. */
export type ResolvedStage = { [Kind in StageKind]: z.output<typeof STAGES[Kind]> }[StageKind];

/** One stage, resolved, with what its names stand for. */
export interface Resolution {
  readonly stage: ResolvedStage;
  readonly external: readonly (ExternalInput & ResolvedExternal)[];
  /** Environment that the stage's episodes come from or run in, null where nothing says. */
  readonly environment: string | null;
  /** What was chosen of it, where something was. */
  readonly options?: EnvironmentOptions;
}

/**
 * Fills in every default and looks every name up.
 *
 * @param order Stages after their inputs
 * @throws {InvalidInputError} If an environment, policy, model, option or stored input is unknown
 */
export function resolveStages(
  declaration: PipelineDeclaration,
  order: readonly string[],
  context: CompileContext,
  locate?: Locate,
): ReadonlyMap<string, Resolution> {
  const resolutions = resolveNames(declaration.stages, order, context);
  const findings = checkLookups(resolutions, context);
  if (findings.length > 0) throw errorOf(declaration.name, findings, locate);
  return new Map(
    [...resolutions].map(([name, resolution]) => [name, withDefaults(resolution, context)]),
  );
}

/**
 * Stages with the defaults of their kinds, and what each inherits of its first input; nothing is
 * looked up but stored inputs.
 *
 * @param order Of the stages, each after its inputs
 */
export function resolveNames(
  stages: PipelineDeclaration["stages"],
  order: readonly string[],
  context: Pick<CompileContext, "resolveExternal">,
): ReadonlyMap<string, Resolution> {
  const resolutions = new Map<string, Resolution>();
  for (const name of order) {
    const input = inputsOf(stages[name]!)[0];
    const inherited = input === undefined ? undefined : resolutions.get(input);
    const stage = STAGES[stages[name]!.kind].parse(stages[name]);
    const external = storedInputs(stage, context);
    const stored = external.find(({ environment }) => environment !== undefined);
    const own = "environment" in stage ? stage.environment : undefined;
    const environment = own ?? inherited?.environment ?? stored?.environment ?? null;
    // Where the environment is that of the input, so are its options.
    const given = "options" in stage && stage.kind !== "train" ? stage.options : undefined;
    const options = given ??
      (own === undefined ? inherited?.options ?? stored?.options : undefined);
    const isRollout = stage.kind === "generate" || stage.kind === "evaluate";
    resolutions.set(name, {
      stage: isRollout && options !== undefined ? { ...stage, options } : stage,
      external,
      environment,
      ...(options === undefined ? {} : { options }),
    });
  }
  return resolutions;
}

function storedInputs(
  stage: ResolvedStage,
  context: Pick<CompileContext, "resolveExternal">,
): Resolution["external"] {
  const paths: Partial<Record<ExternalInput["parameter"], string | undefined>> =
    stage.kind === "train"
      ? { dataset: stage.dataset, initFrom: stage.initFrom }
      : stage.kind === "evaluate"
      ? { policy: stage.policy }
      : {};
  return (["dataset", "initFrom", "policy"] as const).flatMap((parameter) => {
    const path = paths[parameter];
    return path === undefined ? [] : [{ parameter, ...context.resolveExternal(path, parameter) }];
  });
}

/** Defaults that the environment or the model gives. Every name has been found. */
function withDefaults(resolution: Resolution, context: CompileContext): Resolution {
  const { stage, environment } = resolution;
  switch (stage.kind) {
    case "generate":
    case "evaluate": {
      const name = environment!, registered = context.environments[name]!;
      const { options: own, ...rest } = stage;
      const options = registered.configure?.(own ?? {}).options;
      const { maxSteps } = chosenFacts(registered, own);
      // Without options there is no such parameter: not {}, which would be another identity.
      const chosen = options === undefined ? {} : { options };
      const filled = { ...rest, environment: name, maxSteps: stage.maxSteps ?? maxSteps };
      if (filled.kind === "evaluate") return { ...resolution, stage: { ...filled, ...chosen } };
      const shard = filled.shard ?? shardWithCameras(filled.cameras ?? [], filled.maxSteps);
      return { ...resolution, stage: { ...filled, ...chosen, shard } };
    }
    case "train": {
      const resolved = context.models[stage.model]!.resolve(declaredHyperparameters(stage));
      const entries = Object.entries(resolved);
      const named = entries.filter(([name]) => HYPERPARAMETERS.includes(name));
      const options = entries.filter(([name]) => !HYPERPARAMETERS.includes(name));
      const filled = { ...Object.fromEntries(named), options: Object.fromEntries(options) };
      return { ...resolution, stage: { ...stage, ...filled } };
    }
    default:
      return resolution;
  }
}
