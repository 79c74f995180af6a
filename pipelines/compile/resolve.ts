import { inputsOf, type PipelineDeclaration } from "../declare/graph.ts";
import type { Finding } from "../findings.ts";
import type { AnyStage, Resolution } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";
import { textOf } from "../kinds/stage_inputs.ts";
import type { CompileContext, EnvironmentOptions, Registered } from "./context.ts";

/**
 * Fills in every default and looks every name up.
 *
 * @param order Stages after their inputs
 * @param refuse Makes the error of what is found
 * @throws {InvalidInputError} If an environment, policy, model, option or stored input is unknown
 */
export function resolveStages(
  declaration: PipelineDeclaration,
  order: readonly string[],
  context: CompileContext,
  refuse: (findings: readonly Finding[]) => Error,
): ReadonlyMap<string, Resolution> {
  const resolutions = resolveNames(declaration.stages, order, context);
  const findings = checkLookups(resolutions, context);
  if (findings.length > 0) throw refuse(findings);
  return new Map(
    [...resolutions].map(([name, resolution]) => {
      const stage = kindOf(resolution.stage).withDefaults?.(resolution, context);
      return [name, stage === undefined ? resolution : { ...resolution, stage: asStage(stage) }];
    }),
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
    const kind = kindOf(stages[name]!), stage = asStage(kind.schema.parse(stages[name]));
    const external = storedInputs(stage, context);
    const stored = external.find(({ environment }) => environment !== undefined);
    const own = kind.simulates ? chosenBy(stage) : {};
    const environment = own.environment ?? inherited?.environment ?? stored?.environment ?? null;
    // Where the environment is that of the input, so are its options.
    const options = own.options ??
      (own.environment === undefined ? inherited?.options ?? stored?.options : undefined);
    resolutions.set(name, {
      stage: kind.simulates && options !== undefined ? { ...stage, options } : stage,
      external,
      environment,
      ...(options === undefined ? {} : { options }),
    });
  }
  return resolutions;
}

function storedInputs(
  stage: AnyStage,
  context: Pick<CompileContext, "resolveExternal">,
): Resolution["external"] {
  return storedParameters(stage).map(([parameter, path]) => (
    { parameter, ...context.resolveExternal(path, parameter) }
  ));
}

/** The parameters of a stage that name stored work, with what they name. */
export function storedParameters(stage: AnyStage): readonly (readonly [string, string])[] {
  return Object.entries(kindOf(stage).stored ?? {}).flatMap(([parameter, { pathOf = textOf }]) => {
    const path = pathOf(stage[parameter]);
    return path === undefined ? [] : [[parameter, path] as const];
  });
}

/** Returns the environment's part of a stage that simulates. */
function chosenBy(stage: AnyStage) {
  // The schema of the kind, which has both, has accepted them.
  return stage as { readonly environment?: string; readonly options?: EnvironmentOptions };
}

/** Types a stage that its kind's schema has parsed. */
function asStage(parsed: Readonly<Record<string, unknown>>): AnyStage {
  return parsed as unknown as AnyStage;
}

/** Checks that the names in a declaration are registered, and have what it requests of them. */
export function checkLookups(
  resolutions: ReadonlyMap<string, Resolution>,
  registered: Registered,
): readonly Finding[] {
  return [...resolutions].flatMap(([name, resolution]) =>
    kindOf(resolution.stage).lookUp?.({ name, resolution, resolutions, registered }) ?? []
  );
}
