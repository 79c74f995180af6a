import { z } from "zod";
import type { FieldSpec } from "../../../core/episode.ts";
import { jointsOf } from "../config/articulation_joints.ts";
import { placeJoint } from "../layout/articulation_layout.ts";
import { drawPose, POSE_RANGES } from "./drawn_pose.ts";
import type { BoundEvent } from "./bound_functors.ts";
import { defineFunctor, ENTITY, type EntityReference, RANGE, refer } from "./functor.ts";
import type { GymConfig } from "../config/gym_config_types.ts";
import type { BoundObservation } from "./bound_functors.ts";
import type { BoundReward } from "./bound_functors.ts";
import type { BoundSuccess } from "./bound_functors.ts";

/** Functors of articulations, for the tables of each section. */

const KINDS = ["articulation"] as const;

/**
 * Tolerance of joint limits: a limit is a stiff spring, which an impact can push in (rad and m).
 */
const SLACK = { hinge: 0.1, slide: 0.02 };

const JOINT = z.string().min(1).max(63);

const jointPositions = defineFunctor({
  name: "get_articulation_qpos",
  description: "Joint positions of an articulation (rad or m): `<uid>_qpos`",
  modes: ["add"],
  schema: z.strictObject({ entity_cfg: ENTITY }),
  bind: ({ entity_cfg }): BoundObservation => ({
    references: [refer("entity_cfg", entity_cfg, KINDS)],
    field: `${entity_cfg.uid}_qpos`,
    spec(config) {
      const joints = jointsOfEntity(config, entity_cfg.uid);
      const isBounded = joints.every(({ range }) => range !== undefined);
      const bounds = (side: 0 | 1, sign: 1 | -1) =>
        joints.map(({ range, type }) => range![side] + sign * SLACK[type]); // of bounded joints
      return {
        ...fieldOf(config, entity_cfg.uid, "Positions of the joints (rad, m)"),
        ...(isBounded ? { low: bounds(0, -1), high: bounds(1, 1) } : {}),
      };
    },
    read(scene, { articulations }) {
      const qpos = scene.data("qpos");
      return articulations.get(entity_cfg.uid)!.joints.map((joint) => qpos[joint.qpos]!); // checked
    },
  }),
});

const jointVelocities = defineFunctor({
  name: "get_articulation_qvel",
  description: "Joint velocities of an articulation (rad/s or m/s): `<uid>_qvel`",
  modes: ["add"],
  schema: z.strictObject({ entity_cfg: ENTITY }),
  bind: ({ entity_cfg }): BoundObservation => ({
    references: [refer("entity_cfg", entity_cfg, KINDS)],
    field: `${entity_cfg.uid}_qvel`,
    spec: (config) => fieldOf(config, entity_cfg.uid, "Velocities of the joints (rad/s, m/s)"),
    read(scene, { articulations }) {
      const qvel = scene.data("qvel");
      return articulations.get(entity_cfg.uid)!.joints.map(({ dof }) => qvel[dof]!); // checked
    },
  }),
});

function jointsOfEntity({ articulation }: GymConfig, uid: string) {
  return jointsOf(articulation.find((each) => each.uid === uid)!); // checkFunctors() has found it
}

function fieldOf(config: GymConfig, uid: string, what: string): Omit<FieldSpec, "name"> {
  const names = jointsOfEntity(config, uid).map(({ name }) => name);
  return {
    dtype: "float32",
    shape: [names.length],
    description: `${what} of ${uid}`,
    components: names,
  };
}

/** Checks a joint that parameters name in addition to its articulation. */
function referJoint(entity: z.output<typeof ENTITY>, joint: string): EntityReference {
  return { ...refer("entity_cfg", entity, KINDS), joints: [{ path: ["joint"], name: joint }] };
}

export const ARTICULATION_OBSERVATIONS = [jointPositions, jointVelocities];

export const ARTICULATION_REWARDS = [defineFunctor({
  name: "articulation_joint_position",
  description: "Position of a joint of an articulation (rad or m)",
  modes: ["add", "replace"],
  schema: z.strictObject({ entity_cfg: ENTITY, joint: JOINT }),
  bind: ({ entity_cfg, joint }): BoundReward => ({
    references: [referJoint(entity_cfg, joint)],
    needs: [`${entity_cfg.uid}_qpos`],
    value: ({ component }) => component(`${entity_cfg.uid}_qpos`, joint),
  }),
})];

export const ARTICULATION_SUCCESS = [defineFunctor({
  name: "articulation_joint_reached",
  description: "A joint of an articulation has at least, or at most, a position (rad or m)",
  modes: [],
  schema: z.strictObject({
    entity_cfg: ENTITY,
    joint: JOINT,
    at_least: z.number().optional(),
    at_most: z.number().optional(),
  }).refine(({ at_least, at_most }) => at_least !== undefined || at_most !== undefined, {
    error: "expected at_least or at_most",
  }),
  bind: ({ entity_cfg, joint, at_least = -Infinity, at_most = Infinity }): BoundSuccess => ({
    references: [referJoint(entity_cfg, joint)],
    needs: [`${entity_cfg.uid}_qpos`],
    holds({ component }) {
      const position = component(`${entity_cfg.uid}_qpos`, joint);
      return position >= Math.fround(at_least) && position <= Math.fround(at_most);
    },
  }),
})];

const randomizeQpos = defineFunctor({
  name: "randomize_articulation_qpos",
  description:
    "Initial joint positions of an articulation (rad or m), or offsets from its init_qpos if " +
    "relative; a drive holds them there",
  modes: ["reset"],
  schema: z.strictObject({
    entity_cfg: ENTITY,
    qpos_range: RANGE,
    joint_names: z.array(JOINT).min(1).optional(),
    relative: z.boolean().default(true),
  }),
  bind: ({ entity_cfg, qpos_range: [low, high], joint_names, relative }): BoundEvent => ({
    references: [{
      ...refer("entity_cfg", entity_cfg, KINDS),
      joints: (joint_names ?? []).map((name, i) => ({ path: ["joint_names", i], name })),
    }],
    place(scene, { articulations }, random) {
      for (const joint of articulations.get(entity_cfg.uid)!.joints) { // checkFunctors() has found it
        if (joint_names?.includes(joint.name) === false) continue;
        const drawn = random.uniform(low, high);
        placeJoint(scene, joint, relative ? joint.start + drawn : drawn);
      }
    },
  }),
});

const randomizeRootPose = defineFunctor({
  name: "randomize_articulation_root_pose",
  description: "Initial position (m) and rotation (degrees about x, y, z) of an articulation",
  modes: ["reset"],
  schema: z.strictObject({ entity_cfg: ENTITY, ...POSE_RANGES }),
  bind: ({ entity_cfg, ...ranges }): BoundEvent => ({
    references: [refer("entity_cfg", entity_cfg, KINDS)],
    place: (scene, layout, random) =>
      drawPose(scene, layout.objects.get(entity_cfg.uid)!, { ...ranges, random }), // checkFunctors() has found it
  }),
});

export const ARTICULATION_EVENTS = [randomizeQpos, randomizeRootPose];
