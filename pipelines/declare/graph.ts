import type { ShippedDeclarations, ShippedOwnKinds } from "../kinds/declarations.ts";
import type { AnyStage } from "../kinds/kind.ts";
import type { DeclaredInputs } from "../kinds/shared_fields.ts";
import { fromOf, parameterInputs } from "../kinds/stage_inputs.ts";
import type { LevelParameters, VariantFields } from "../variants/matrix_schema.ts";
import type { RoundsDeclaration } from "../variants/rounds_schema.ts";
import type { StageKinds } from "./stage_kinds.ts";

/**
 * A stage as declared: its kind, its inputs and any parameters.
 *
 * `Name` is the union of the pipeline's stage names, so that a misspelt input does not compile.
 */
export type StageDeclaration<Name extends string = string> = Multiplied<
  | ShippedDeclarations<Name>[keyof ShippedDeclarations]
  | OwnStage<ShippedOwnKinds, Name>
  | OwnStage<StageKinds, Name>
>;

/** Each of several stages with what multiplies it. */
type Multiplied<Stage> = Stage extends unknown ? Stage & VariantFields<Stage> : never;

type OwnStage<Kinds, Name extends string> = {
  readonly [Kind in keyof Kinds]:
    & Kinds[Kind]
    & {
      readonly kind: Kind;
      readonly from?: DeclaredInputs<Name>;
      readonly seed?: number;
      readonly stream?: string;
    };
}[keyof Kinds];

/** Directed graph of stages, which TypeScript, YAML and JSON declare alike. */
export interface PipelineDeclaration {
  readonly name: string;
  /** Seed from which every random number comes, an integer in [0, 2^53); 0 if absent. */
  readonly seed?: number;
  /** Stages by name, in any order. */
  readonly stages: Readonly<Record<string, StageDeclaration>>;
  /** Parameters of single variants by their names, `train[lr=0.0001,seed=2]`. */
  readonly variants?: Readonly<Record<string, LevelParameters>>;
  /** Stages that are repeated, round after round, each with the policy of the round before. */
  readonly rounds?: RoundsDeclaration;
}

/**
 * Declares a pipeline. A misspelt stage, input or parameter fails `deno check`; ranges, cycles and
 * kinds of input are checked by `checkPipeline()`, which every command runs first.
 *
 * ```ts ignore
 * export const reachData = definePipeline({
 *   name: "reach-data",
 *   seed: 7,
 *   stages: {
 *     generate: { kind: "generate", environment: "reach", episodes: 500 },
 *     merge: { kind: "merge", from: "generate" },
 *   },
 * });
 * ```
 */
export function definePipeline<const Name extends string>(declaration: {
  readonly name: string;
  readonly seed?: number;
  readonly stages: Readonly<Record<Name, StageDeclaration<NoInfer<Name>>>>;
  readonly variants?: Readonly<Record<`${NoInfer<Name>}[${string}]`, LevelParameters>>;
  readonly rounds?: RoundsDeclaration<NoInfer<Name>>;
}): PipelineDeclaration {
  return declaration;
}

/** The stages of a declaration by name, whatever their kinds. */
export function stagesOf({ stages }: PipelineDeclaration): ReadonlyMap<string, AnyStage> {
  // A copy of an interface has every parameter by name, as AnyStage asks.
  return new Map(Object.entries(stages).map(([name, stage]) => [name, { ...stage }]));
}

/** Names of the input stages of a stage: those in `from`, then those that parameters name. */
export function inputsOf(stage: Pick<AnyStage, "kind" | "from">): readonly string[] {
  return [...fromOf(stage), ...parameterInputs(stage).map(([, name]) => name)];
}

/** An order of the stages, or a cycle that forbids one. */
export type StageOrder =
  | { readonly order: readonly string[]; readonly cycle: null }
  /** `[a, b, a]`: each stage is an input of the next. */
  | { readonly order: null; readonly cycle: readonly string[] };

/**
 * Orders stages so that each comes after its inputs; among equals, in declared order. Inputs that
 * name no stage are left to `checkPipeline()`.
 */
export function orderStages(inputs: ReadonlyMap<string, readonly string[]>): StageOrder {
  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];

  function visit(name: string): readonly string[] | null {
    if (state.get(name) === "done") return null;
    path.push(name);
    // Walking inputs leads backwards, so the cycle is read from its end.
    if (state.get(name) === "open") return path.slice(path.indexOf(name)).reverse();
    state.set(name, "open");
    for (const input of inputs.get(name) ?? []) {
      const cycle = inputs.has(input) ? visit(input) : null;
      if (cycle !== null) return cycle;
    }
    path.pop();
    state.set(name, "done");
    order.push(name);
    return null;
  }

  for (const name of inputs.keys()) {
    const cycle = visit(name);
    if (cycle !== null) return { order: null, cycle };
  }
  return { order, cycle: null };
}
