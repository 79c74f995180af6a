import type { BoundReward } from "./bound_functors.ts";
import { z } from "zod";
import { ARTICULATION_REWARDS } from "./articulation_functors.ts";
import { defineFunctor, ENTITY, functorTable, POSED, poseField, refer, VECTOR } from "./functor.ts";

const MODES = ["add", "replace"] as const;

const distanceBetween = defineFunctor({
  name: "distance_between_objects",
  description: "Negative distance between two objects (m)",
  modes: MODES,
  schema: z.strictObject({ source_entity_cfg: ENTITY, target_entity_cfg: ENTITY }),
  bind: ({ source_entity_cfg: source, target_entity_cfg: target }): BoundReward => ({
    references: [
      refer("source_entity_cfg", source, POSED),
      refer("target_entity_cfg", target, POSED),
    ],
    needs: [poseField(source.uid), poseField(target.uid)],
    value: ({ field }) => -distance(field(poseField(source.uid)), field(poseField(target.uid))),
  }),
});

const distanceToTarget = defineFunctor({
  name: "distance_to_target",
  description: "Negative distance of an object from a point (m)",
  modes: MODES,
  schema: z.strictObject({ source_entity_cfg: ENTITY, target_position: VECTOR }),
  bind: ({ source_entity_cfg: source, target_position }): BoundReward => ({
    references: [refer("source_entity_cfg", source, POSED)],
    needs: [poseField(source.uid)],
    value: ({ field }) => -distance(field(poseField(source.uid)), target_position),
  }),
});

/** Distance between the first three numbers of each (m). */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
}

const shareInside = defineFunctor({
  name: "fraction_inside",
  description: "Fraction of a group that is inside a vessel, 0 to 1",
  modes: MODES,
  schema: z.strictObject({ group: ENTITY, vessel: ENTITY }),
  bind: ({ group, vessel }): BoundReward => ({
    references: [refer("group", group, ["group"]), refer("vessel", vessel, ["vessel"])],
    needs: [`${group.uid}_in_${vessel.uid}`],
    value: ({ field }) => field(`${group.uid}_in_${vessel.uid}`)[0]!,
  }),
});

const successReward = defineFunctor({
  name: "success_reward",
  description: "1 if the success rule holds, otherwise 0",
  modes: MODES,
  schema: z.strictObject({}),
  bind: (): BoundReward => ({ value: ({ success }) => success ? 1 : 0 }),
});

const velocityPenalty = defineFunctor({
  name: "joint_velocity_penalty",
  description: "Negative norm of the joint velocities",
  modes: MODES,
  schema: z.strictObject({}),
  bind: (): BoundReward => ({
    needs: ["joint_vel"],
    value: ({ field }) => -Math.hypot(...field("joint_vel")),
  }),
});

const smoothnessPenalty = defineFunctor({
  name: "action_smoothness_penalty",
  description: "Negative distance between the action and the previous action",
  modes: MODES,
  schema: z.strictObject({}),
  bind: (): BoundReward => ({
    value: ({ action, previousAction }) =>
      previousAction === null
        ? 0
        : -Math.hypot(...action.map((value, i) => value - previousAction[i]!)),
  }),
});

/** Functors of `env.rewards`, by name. */
export const REWARDS = functorTable<BoundReward>([
  distanceBetween,
  distanceToTarget,
  shareInside,
  successReward,
  velocityPenalty,
  smoothnessPenalty,
  ...ARTICULATION_REWARDS,
]);
