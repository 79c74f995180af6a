import type { BoundSuccess } from "./bound_functors.ts";
import { z } from "zod";
import { type Quaternion, tiltOf } from "../../world/quaternion.ts";
import { ARTICULATION_SUCCESS } from "./articulation_functors.ts";
import { defineFunctor, ENTITY, functorTable, POSED, poseField, refer } from "./functor.ts";
import { distance } from "./rewards.ts";

const metres = z.number().min(-100).max(100);

const upright = defineFunctor({
  name: "object_upright",
  description: "An object is tilted by at most max_tilt (degrees)",
  modes: [],
  schema: z.strictObject({ entity_cfg: ENTITY, max_tilt: z.number().gt(0).max(180).default(15) }),
  bind: ({ entity_cfg: { uid }, max_tilt }): BoundSuccess => ({
    references: [refer("entity_cfg", { uid }, POSED)],
    needs: [poseField(uid)],
    holds({ field }) {
      const [, , , w, x, y, z] = field(poseField(uid));
      const rotation: Quaternion = [w!, x!, y!, z!];
      return tiltOf(rotation) <= max_tilt * Math.PI / 180;
    },
  }),
});

const fractionInside = defineFunctor({
  name: "fraction_inside",
  description: "At least a given fraction of a group is inside a vessel",
  modes: [],
  schema: z.strictObject({ group: ENTITY, vessel: ENTITY, at_least: z.number().min(0).max(1) }),
  bind: ({ group, vessel, at_least }): BoundSuccess => ({
    references: [refer("group", group, ["group"]), refer("vessel", vessel, ["vessel"])],
    needs: [`${group.uid}_in_${vessel.uid}`],
    holds: ({ field }) => field(`${group.uid}_in_${vessel.uid}`)[0]! >= Math.fround(at_least),
  }),
});

const near = defineFunctor({
  name: "objects_near",
  description: "Two objects are at most max_distance apart (m)",
  modes: [],
  schema: z.strictObject({
    source_entity_cfg: ENTITY,
    target_entity_cfg: ENTITY,
    max_distance: metres,
  }),
  bind: ({ source_entity_cfg: source, target_entity_cfg: target, max_distance }): BoundSuccess => ({
    references: [
      refer("source_entity_cfg", source, POSED),
      refer("target_entity_cfg", target, POSED),
    ],
    needs: [poseField(source.uid), poseField(target.uid)],
    holds: ({ field }) =>
      distance(field(poseField(source.uid)), field(poseField(target.uid))) <= max_distance,
  }),
});

const above = defineFunctor({
  name: "object_above",
  description: "The origin of an object is above a height (m)",
  modes: [],
  schema: z.strictObject({ entity_cfg: ENTITY, height: metres }),
  bind: ({ entity_cfg: { uid }, height }): BoundSuccess => ({
    references: [refer("entity_cfg", { uid }, POSED)],
    needs: [poseField(uid)],
    holds: ({ field }) => field(poseField(uid))[2]! > height,
  }),
});

/** Functors of `env.success`, by name; an episode succeeds where all of them hold. */
export const SUCCESS = functorTable<BoundSuccess>([
  upright,
  fractionInside,
  near,
  above,
  ...ARTICULATION_SUCCESS,
]);
