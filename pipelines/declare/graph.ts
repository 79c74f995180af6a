import type { z } from "zod";
import type { AnyStage } from "../kinds/kind.ts";
import type { ShippedKind, ShippedOwnKinds } from "../kinds/mod.ts";
import type { StageKinds } from "./stage_kinds.ts";

/**
 * A stage as declared: its kind, its inputs and any parameters.
 *
 * `Name` is the union of the pipeline's stage names, so that a misspelt input does not compile.
 */
export type StageDeclaration<Name extends string = string> =
  | {
    readonly [Kind in ShippedKind as Kind["kind"]]: DeclaredStage<z.input<Kind["schema"]>, Name>;
  }[ShippedKind["kind"]]
  | OwnStage<ShippedOwnKinds, Name>
  | OwnStage<StageKinds, Name>;

type DeclaredStage<Stage, Name> = "from" extends keyof Stage
  ? undefined extends Stage["from"] ? Omit<Stage, "from"> & { readonly from?: Inputs<Name> }
  : Omit<Stage, "from"> & { readonly from: Inputs<Name> }
  : Stage;

type OwnStage<Kinds, Name> = {
  readonly [Kind in keyof Kinds]:
    & Kinds[Kind]
    & {
      readonly kind: Kind;
      readonly from?: Inputs<Name>;
      readonly seed?: number;
      readonly stream?: string;
    };
}[keyof Kinds];

type Inputs<Name> = Name | readonly Name[];

/** A directed graph of stages: what TypeScript, YAML and JSON declare alike. */
export interface PipelineDeclaration {
  readonly name: string;
  /** Seed from which every random number comes, an integer in [0, 2^53); 0 where absent. */
  readonly seed?: number;
  /** By name, in any order. */
  readonly stages: Readonly<Record<string, StageDeclaration>>;
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
}): PipelineDeclaration {
  return declaration;
}

/** Names of the input stages of a stage, in declared order. */
export function inputsOf(stage: Pick<AnyStage, "kind" | "from">): readonly string[] {
  return [stage.from ?? []].flat();
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
