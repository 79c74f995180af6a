/** The pipelines that come with the project. */
import type { PipelineDeclaration } from "../declare/graph.ts";
import { pickPlaceExpert, pickPlaceYaw } from "./pick_place_expert.ts";
import { pickPlaceRounds } from "./pick_place_rounds.ts";
import { pushtAblation } from "./pusht_ablation.ts";
import { pushtDmp, pushtDmpGym } from "./pusht_dmp.ts";
import { pushtFlow } from "./pusht_flow.ts";
import { pushtPolicy } from "./pusht_policy.ts";
import { quadrupedAblation, quadrupedWalk } from "./quadruped_walk.ts";
import { reachCompare } from "./reach_compare.ts";
import { reachExpert } from "./reach_expert.ts";
import { reachNoise } from "./reach_noise.ts";
import { reachRandom } from "./reach_random.ts";

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
