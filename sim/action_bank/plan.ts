import { affordancesOf } from "../declared/config/gym_config.ts";
import type { GymConfig } from "../declared/config/gym_config_types.ts";
import { type PartLayout, poseOf, type SceneLayout } from "../declared/layout/layout.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import {
  add,
  compose,
  inverse,
  type Pose,
  type Quaternion,
  rotate,
  rotationAbout,
  scaled,
  toLocal,
  transform,
  type Vector,
} from "../world/quaternion.ts";
import type { NodeConfig, PointConfig } from "./action_config.ts";
import { solveArm } from "./arm_kinematics.ts";
import type { ActionBank } from "./bank.ts";

/** Plan of a bank in one episode. */
export interface ActionPlan {
  /** One action a control step, `[m]` each; of a plan that is not valid, none. */
  readonly actions: readonly Float32Array[];
  /** `<scope>/<node>` that is out of reach, null of a valid plan. */
  readonly unreachable: string | null;
}

/** Context of a plan. */
export interface PlanContext {
  readonly gym: GymConfig;
  readonly scene: MujocoScene;
  readonly layout: SceneLayout;
  /** Control parts in the order of the action's components. */
  readonly parts: readonly PartLayout[];
}

/**
 * The actions of an episode that begins: every node as joint positions, by inverse kinematics from
 * the objects' poses now, and every edge as a movement between two of them. The scene is as before.
 */
export function planActions(bank: ActionBank, context: PlanContext): ActionPlan {
  const { scene } = context;
  const state = scene.snapshot();
  const start = startValues(bank, context);
  const nodes = solveNodes(bank, context, start);
  scene.restore(state);
  if (nodes.unreachable !== null) return { actions: [], unreachable: nodes.unreachable };
  return {
    actions: interpolate(bank, context, { start, values: nodes.values }),
    unreachable: null,
  };
}

/** Returns the joint positions of each part at the start of the episode. */
function startValues(
  { config }: ActionBank,
  { scene, parts }: PlanContext,
): ReadonlyMap<string, readonly number[]> {
  const qpos = scene.data("qpos");
  return new Map(parts.map(({ part, arm, isGripper }) => {
    const init = config.scope[part]?.init;
    const given = init?.method === "given_qpos" ? init.kwargs.given_qpos : undefined;
    const now = isGripper ? [qpos[arm.qpos + 7]!] : [...qpos.subarray(arm.qpos, arm.qpos + 7)];
    return [part, given ?? now];
  }));
}

/** Joint positions by `<scope>/<node>`. */
type NodeValues = ReadonlyMap<string, readonly number[]>;

/** Solves nodes in the order in which edges reach them, each from the start of its edge. */
function solveNodes(
  { config, schedule }: ActionBank,
  context: PlanContext,
  start: NodeValues,
): { readonly values: NodeValues; readonly unreachable: string | null } {
  const values = new Map<string, readonly number[]>();
  for (const [scope, { init }] of Object.entries(config.scope)) {
    values.set(`${scope}/${init.init_node_name}`, start.get(scope)!);
  }
  for (const { edge: { scope, src, sink } } of schedule.entries) {
    const key = `${scope}/${sink}`;
    if (values.has(key)) continue;
    const node = config.node[scope]![sink]!; // the schedule knows no other
    const seed = values.get(`${scope}/${src}`)!; // in order
    const found = solveNode({ config, schedule }, node, { scope, seed, context });
    if (found === null) return { values, unreachable: key };
    values.set(key, found);
  }
  return { values, unreachable: null };
}

function solveNode(
  bank: ActionBank,
  node: NodeConfig,
  { scope, seed, context }: {
    readonly scope: string;
    readonly seed: readonly number[];
    readonly context: PlanContext;
  },
): readonly number[] | null {
  if (node.name === "given_qpos") return node.kwargs.qpos;
  const { arm } = context.parts.find(({ part }) => part === scope)!; // a control part
  const pose = node.name === "grasp_pose"
    ? graspPose(node.kwargs, context)
    : handOf(bank, scope, node.kwargs, context);
  const angles = solveArm(context.scene, arm, pose, seed);
  return angles === null ? null : [...angles];
}

type Grasp = Extract<NodeConfig, { name: "grasp_pose" }>["kwargs"];
type Held = Extract<NodeConfig, { name: "held_pose" }>["kwargs"];

/** Computes the pose of the hand at an object in its initial pose. */
function graspPose(kwargs: Grasp, context: PlanContext): Pose {
  const { entity_cfg, affordance, approach, pitch, distance } = kwargs;
  const object = startPose(entity_cfg.uid, context);
  const rotation = handRotation(approach, pitch);
  const direction = rotate(rotation, [0, 0, -1]);
  const point = transform(object, pointOf(entity_cfg.uid, affordance, context));
  return { position: add(point, scaled(direction, -distance)), rotation };
}

/**
 * Computes the rotation of a hand. Without rotation, its fingers point straight down.
 *
 * @param approach Degrees about z, from straight ahead
 * @param pitch Degrees by which the fingers point down
 */
export function handRotation(approach: number, pitch: number): Quaternion {
  const radians = Math.PI / 180;
  return compose(
    rotationAbout([0, 0, 1], approach * radians),
    rotationAbout([0, 1, 0], (pitch - 90) * radians),
  );
}

/** Pose of an object at which a held_pose has it. */
function objectPose(bank: ActionBank, kwargs: Held, context: PlanContext): Pose {
  const { entity_cfg: { uid }, affordance, target_entity_cfg, target_at, offset } = kwargs;
  const { tilt, tilt_axis } = kwargs;
  const turn: Quaternion = rotationAbout(tilt_axis, tilt * Math.PI / 180);
  const rotation = compose(turn, startPose(uid, context).rotation);
  const [scope = "", node = ""] = target_at?.split("/") ?? [];
  const moved = bank.config.node[scope]?.[node];
  const target = moved?.name === "held_pose"
    ? objectPose(bank, moved.kwargs, context)
    : startPose(target_entity_cfg.uid, context);
  const point = rotate(rotation, pointOf(uid, affordance, context));
  return { position: add(add(target.position, offset), scaled(point, -1)), rotation };
}

/** Pose of the hand that holds an object as a held_pose has it: as it was grasped. */
function handOf(bank: ActionBank, scope: string, kwargs: Held, context: PlanContext): Pose {
  const object = objectPose(bank, kwargs, context);
  const grasp = bank.config.node[scope]![kwargs.grasp] as { kwargs: Grasp }; // checkNode() has found it
  const hand = graspPose({ ...grasp.kwargs, distance: 0 }, context);
  const before = startPose(kwargs.entity_cfg.uid, context);
  return {
    position: transform(object, toLocal(before, hand.position)),
    rotation: compose(object.rotation, compose(inverse(before.rotation), hand.rotation)),
  };
}

function startPose(uid: string, { scene, layout }: PlanContext): Pose {
  return poseOf(scene, layout.objects.get(uid)!); // checkObject() has found it
}

function pointOf(uid: string, point: PointConfig, { gym }: PlanContext): Vector {
  if (typeof point !== "string") return point;
  return affordancesOf(gym, uid)![point]!; // so too
}

/** Actions step by step: what no edge moves, stays where the last one left it. */
function interpolate(
  { schedule, config }: ActionBank,
  { parts }: PlanContext,
  { start, values }: { readonly start: NodeValues; readonly values: NodeValues },
): Float32Array[] {
  return Array.from(
    { length: Math.max(1, schedule.makespan) },
    (_, step) =>
      Float32Array.from(parts.flatMap(({ part }) => {
        const begun = schedule.entries.filter(({ edge, begin }) =>
          edge.scope === part && begin <= step
        ).at(-1);
        if (begun === undefined) return start.get(part)!;
        const { scope, name, src, sink } = begun.edge;
        const from = values.get(`${scope}/${src}`)!, to = values.get(`${scope}/${sink}`)!;
        const moves = config.edge[scope]![name]!.name === "plan_trajectory";
        const share = moves ? minimumJerk((step + 1 - begun.begin) / begun.edge.duration) : 1;
        return from.map((value, i) => value + share * (to[i]! - value));
      })),
  );
}

/**
 * Share of a way covered after a share of its time, without jolts at either end.
 *
 * @see T. Flash and N. Hogan, "The coordination of arm movements", J. Neurosci. 5 (1985)
 */
function minimumJerk(time: number): number {
  const t = Math.min(1, time);
  return t ** 3 * (10 - 15 * t + 6 * t * t);
}
