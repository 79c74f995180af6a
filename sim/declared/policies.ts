import { DECLARED } from "./declared_name.ts";
import type { FieldSpec } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { suggestName } from "../../core/suggest.ts";
import type { ActionBank } from "../action_bank/bank.ts";
import { solveArm } from "../action_bank/arm_kinematics.ts";
import { handRotation, planActions } from "../action_bank/plan.ts";
import type { PolicyFunction } from "../world/environment.ts";
import type { World } from "../world/world.ts";
import type { StabilityCheck } from "../episodes/stability_check.ts";
import type { GymConfig } from "./config/gym_config_types.ts";
import { startOf } from "./layout/layout.ts";
import {
  createRegistered,
  type PolicyEpisode,
  registeredPolicies,
} from "../world/registered_policies.ts";
import { actionField, controlParts } from "./spaces.ts";
import { PARTS, partsOf, type WorldParts } from "./world.ts";

/** Distance from the start within which the random policy puts its targets (rad or m). */
const RANDOM_REACH = 0.1;

/** Field that is stored of an episode of the expert. */
export const PLAN_VALID: FieldSpec = {
  name: "plan_valid",
  dtype: "bool",
  shape: [],
  description: "Whether the expert found every pose of its plan within reach",
};

/** An expert without a plan did nothing worth keeping. */
export const PLAN_CHECK: StabilityCheck = {
  reason: "invalid_plan",
  description: "The expert found a pose of its plan out of reach",
  find: (episode) => episode.episode("plan_valid")?.[0] === 0 ? { steps: episode.length } : null,
};

/** Source of policies. */
interface PolicySource {
  readonly config: GymConfig;
  readonly bank: ActionBank | null;
  /** Fields of an observation. */
  readonly fields: readonly FieldSpec[];
}

/** A policy of a checked config, for one episode that begins. */
export function createPolicy(
  { config, bank, fields }: PolicySource,
  name: string,
  { world, random }: { readonly world: World; readonly random: RandomGenerator },
): PolicyFunction {
  const { low, high } = actionField(config);
  if (name === "random") {
    const start = controlParts(config).flatMap((part) => startOf(part, config));
    return () =>
      Float32Array.from(
        start,
        (value, i) =>
          Math.min(
            high![i]!,
            Math.max(low![i]!, value + random.uniform(-RANDOM_REACH, RANDOM_REACH)),
          ), // actionField() gives both
      );
  }
  const parts = PARTS.get(world);
  if (name === "scripted" && bank !== null && parts !== undefined) {
    return expertOf(bank, config, parts);
  }
  const registered = parts === undefined ? null : createRegistered(name, {
    environment: DECLARED,
    actionSize: low!.length, // actionField() gives both
    fields,
    world,
    random,
    config,
    solve: solverOf(parts),
  });
  if (registered !== null) return registered;
  throw new InvalidInputError({
    action: `create policy "${name}" of`,
    place: config.id,
    remedy: suggestName(name, policiesOf({ bank })),
  });
}

/** Makes the solver for the joint angles of a world's arms, which leaves the world unchanged. */
function solverOf({ scene, layout }: WorldParts): PolicyEpisode["solve"] {
  return (part, { position, approach = 0, pitch = 90, from }) => {
    const found = layout.parts.find((layout) => layout.part === part && !layout.isGripper);
    if (found === undefined) {
      const arms = layout.parts.filter(({ isGripper }) => !isGripper).map(({ part }) => part);
      throw new InvalidInputError({
        action: "solve for",
        place: part,
        expected: "an arm",
        remedy: `choose one of ${arms.join(", ")}`,
      });
    }
    const { arm } = found, state = scene.snapshot();
    const seed = from ?? scene.data("qpos").slice(arm.qpos, arm.qpos + 7);
    const pose = { position, rotation: handRotation(approach, pitch) };
    const angles = solveArm(scene, arm, pose, seed);
    scene.restore(state);
    return angles === null ? null : Float32Array.from(angles);
  };
}

/** Names of the policies that a declared environment has: its own, and those that modules register. */
export function policiesOf({ bank }: Pick<PolicySource, "bank">): readonly string[] {
  return [
    "random",
    ...(bank === null ? [] : ["scripted"]),
    ...registeredPolicies(DECLARED).map(({ name }) => name),
  ];
}

/** The bank's plan for the episode that begins, step by step; one step of nothing if it has none. */
function expertOf(bank: ActionBank, config: GymConfig, { scene, layout }: WorldParts) {
  const parts = partsOf(config, layout);
  const { actions, unreachable } = planActions(bank, { gym: config, scene, layout, parts });
  const holdAction = Float32Array.from(parts.flatMap(({ part }) => startOf(part, config)));
  let step = 0;
  const policy: PolicyFunction = Object.assign(
    () => actions[Math.min(step++, actions.length - 1)] ?? holdAction,
    {
      plan: {
        steps: Math.max(1, actions.length),
        stateAt: () => ({}),
        episode: { plan_valid: unreachable === null },
        ...(unreachable === null ? {} : { problem: `pose "${unreachable}" is out of reach` }),
      },
    },
  );
  return policy;
}
