import { z } from "zod";

/**
 * The action config: the expert of a gym config as a graph of movements. Scopes are parts of the
 * robot, nodes are what they move to, edges are the movements, and sync says which edges wait for
 * others. The keys are those of EmbodiChain's action bank.
 */

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, {
  error: "expected a name of letters, digits and _ that begins with a letter",
});
const number = z.number().min(-1e4).max(1e4);
const vector = z.tuple([number, number, number], { error: "expected three numbers [x, y, z]" });
const entity = z.strictObject({ uid: z.string().min(1).max(127) });

/** A point of an object: one of its affordances by name, or m in its own frame. */
const point = z.union([z.string().min(1).max(63), vector], {
  error: "expected the name of an affordance, or [x, y, z]",
});

const scope = z.strictObject({
  /** Joints of the part; checked where it is given. */
  dim: z.array(z.int()).length(1).optional(),
  init: z.strictObject({
    /** Starting position: the part's current joint positions, or given ones. */
    method: z.enum(["current_qpos", "given_qpos"]).default("current_qpos"),
    init_node_name: name.default("init"),
    kwargs: z.strictObject({ given_qpos: z.array(number).min(1).max(7).optional() }).prefault({}),
  }).prefault({}),
});

const givenQpos = z.strictObject({
  name: z.literal("given_qpos"),
  kwargs: z.strictObject({
    qpos: z.array(number).min(1).max(7).describe(
      "Joint angles (rad), or the opening of a finger (m)",
    ),
  }),
}).describe("Given joint positions");

const graspPose = z.strictObject({
  name: z.literal("grasp_pose"),
  kwargs: z.strictObject({
    entity_cfg: entity.describe("Object, or `<uid>/<link>`, in its initial pose"),
    affordance: point.default([0, 0, 0]).describe(
      "Its affordance, or a point in its own frame (m)",
    ),
    approach: number.default(0).describe(
      "Direction of approach about z, from straight ahead (degrees)",
    ),
    pitch: number.default(0).describe(
      "Angle by which the fingers point down; 90 is straight down (degrees)",
    ),
    distance: number.default(0).describe(
      "Distance of the hand from that point, along the approach (m)",
    ),
  }),
}).describe("Puts the point between the fingertips at an affordance of an object");

const heldPose = z.strictObject({
  name: z.literal("held_pose"),
  kwargs: z.strictObject({
    entity_cfg: entity.describe("Held object"),
    grasp: name.describe("Node of kind grasp_pose at which the hand took hold of it"),
    affordance: point.default([0, 0, 0]).describe(
      "Affordance, or point in its frame, that is brought to the target (m)",
    ),
    target_entity_cfg: entity.describe("Object to whose origin, plus the offset, it is brought"),
    target_at: z.string().regex(/^[a-z_]+\/[A-Za-z][A-Za-z0-9_]*$/, {
      error: "expected <scope>/<node>",
    }).optional().describe(
      "Node of kind held_pose that holds the target, as `scope/node`, to use its pose then (default its initial pose)",
    ),
    offset: vector.default([0, 0, 0]).describe("Offset along the world's axes (m)"),
    tilt: number.default(0).describe(
      "Angle by which the object is tilted from its initial rotation (degrees)",
    ),
    tilt_axis: vector.refine((axis) => Math.hypot(...axis) > 0, {
      error: "expected an axis of some length",
    }).default([1, 0, 0]).describe("Axis of the tilt in the world frame"),
  }),
}).describe("Moves the hand that holds an object so that the object reaches a pose");

/** Kinds of node. */
export const NODES = [givenQpos, graspPose, heldPose] as const;

const node = z.discriminatedUnion("name", NODES, {
  error: "expected a name of given_qpos, grasp_pose or held_pose",
});

const edge = z.strictObject({
  name: z.enum(["plan_trajectory", "execute_open", "execute_close"]),
  src: name,
  sink: name,
  /** Control steps; the schedule checks it, so that its error has a name. */
  duration: z.number(),
  /** Control step at which it begins, where it does not begin as soon as it may. */
  start: z.int().min(0).optional(),
  kwargs: z.strictObject({}).prefault({}),
});

/** An action config as a file holds it, its lists of one-key objects made into objects. */
export const ACTION_CONFIG = z.strictObject({
  scope: z.record(z.string(), scope),
  node: z.record(z.string(), z.record(name, node)),
  edge: z.record(z.string(), z.record(name, edge)),
  sync: z.record(name, z.strictObject({ depend_tasks: z.array(name).min(1) })).default({}),
});

/** An action config with every default filled in. */
export type ActionConfig = z.output<typeof ACTION_CONFIG>;

export type NodeConfig = z.output<typeof node>;
export type EdgeConfig = z.output<typeof edge>;
export type PointConfig = z.output<typeof point>;

/**
 * A value with `node.<scope>` and `edge.<scope>` as objects: EmbodiChain writes them as lists of
 * objects with one key.
 */
export function withoutLists(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([section, scopes]) => {
      const isListed = ["node", "edge"].includes(section) && typeof scopes === "object" && scopes;
      return [section, isListed ? mergeLists(scopes) : scopes];
    }),
  );
}

function mergeLists(scopes: object): object {
  return Object.fromEntries(
    Object.entries(scopes).map(([scope, items]) => [
      scope,
      Array.isArray(items) ? Object.assign({}, ...items) : items,
    ]),
  );
}
