import type { PipelineDeclaration } from "./declare/graph.ts";
import { pickPlaceExpert, pickPlaceYaw } from "./shipped/pick_place_expert.ts";
import { pickPlaceRounds } from "./shipped/pick_place_rounds.ts";
import { pushtAblation } from "./shipped/pusht_ablation.ts";
import { pushtDmp, pushtDmpGym } from "./shipped/pusht_dmp.ts";
import { pushtFlow } from "./shipped/pusht_flow.ts";
import { pushtPolicy } from "./shipped/pusht_policy.ts";
import { quadrupedAblation, quadrupedWalk } from "./shipped/quadruped_walk.ts";
import { reachCompare } from "./shipped/reach_compare.ts";
import { reachExpert } from "./shipped/reach_expert.ts";
import { reachNoise } from "./shipped/reach_noise.ts";
import { reachRandom } from "./shipped/reach_random.ts";

export { type Condition, CONDITIONS } from "./conditions.ts";
export { checkPipeline } from "./declare/checks.ts";
export { expandedStages } from "./variants/expand.ts";
export { parseVariant, type Variant } from "./variants/variant_name.ts";
export { compilePipeline } from "./compile/compile.ts";
export { storedParameters } from "./compile/resolve.ts";
export type {
  CompileContext,
  EnvironmentFacts,
  EnvironmentOptions,
  ModelFacts,
  Registered,
  ResolvedExternal,
} from "./compile/context.ts";
export { estimatePlan, type StageEstimate } from "./compile/estimate.ts";
export { type ParsedPipeline, parsePipeline } from "./file.ts";
export type { CheckName, Finding, Locate } from "./findings.ts";
export { definePipeline, inputsOf, orderStages, stagesOf } from "./declare/graph.ts";
export type { PipelineDeclaration, StageDeclaration, StageOrder } from "./declare/graph.ts";
export {
  evaluatePipeline,
  generatePipeline,
  type RunEnvOptions,
  runEnvPipeline,
  trainPipeline,
} from "./shipped/one_stage.ts";
export {
  applyOverrides,
  type Changes,
  changesBetween,
  type Overrides,
} from "./declare/overrides.ts";
export type * from "./plan.ts";
export { describeParameters, type ParameterHelp } from "./declare/help.ts";
export { kindsGiving } from "./kinds/inputs.ts";
export { type AnyStage, type ArtifactType, parametersOf } from "./kinds/kind.ts";
export type { StageKindDefinition } from "./kinds/kind.ts";
export type { ParameterSpec, ParameterTable } from "./kinds/parameter.ts";
export { findKind, isShipped, kindOf, listKinds } from "./kinds/mod.ts";
export { hyperparametersOf } from "./kinds/train.ts";

/** A pipeline that comes with the project. */
export interface ShippedPipeline {
  readonly declaration: PipelineDeclaration;
  /** One line for `--list`. */
  readonly description: string;
}

const SHIPPED: readonly ShippedPipeline[] = [
  {
    declaration: reachExpert,
    description: "1,000 scripted reach episodes, behaviour cloning, 100 unseen episodes",
  },
  {
    declaration: reachRandom,
    description: "100 reach episodes of random actions, as a dataset",
  },
  {
    declaration: pickPlaceExpert,
    description:
      "2,000 grasps of a cube, half of them with action noise, behaviour cloning, two tests",
  },
  {
    declaration: pickPlaceRounds,
    description:
      "pick-place-expert from 100 demonstrations and five rounds in which the expert corrects it",
  },
  {
    declaration: pickPlaceYaw,
    description: "pick-place-expert with the cube rotated by up to 0.6 rad",
  },
  {
    declaration: reachCompare,
    description: "Does noise in collection make a better policy? Two branches, two policies",
  },
  {
    declaration: reachNoise,
    description: "The same question over three training seeds, with a verdict and a gate",
  },
  {
    declaration: pushtDmp,
    description: "12,000 random Push-T movements, in splits with separate seeds",
  },
  {
    declaration: pushtDmpGym,
    description: "pusht-dmp with gym-pusht's physics",
  },
  {
    declaration: quadrupedWalk,
    description:
      "120 stable walks of a quadruped, a policy that follows paths, 80 tests and pushes",
  },
  {
    declaration: quadrupedAblation,
    description: "Noisy vs. clean walks, heading frame vs. world frame: three policies",
  },
  {
    declaration: pushtFlow,
    description: "50,000 Push-T movements, and a density model of where they push the block",
  },
  {
    declaration: pushtPolicy,
    description: "Push-T without a human: planned solutions, a policy of action chunks, two rounds",
  },
  {
    declaration: pushtAblation,
    description: "What the parts of pusht-policy are good for, one at a time, three seeds each",
  },
];

/** The pipelines that `deno task pipeline <name>` knows, by name. */
export const PIPELINES: ReadonlyMap<string, ShippedPipeline> = new Map(
  SHIPPED.map((shipped) => [shipped.declaration.name, shipped]),
);
