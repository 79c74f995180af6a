import { describeIssue, type Finding } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import { affordancesOf, entitiesOf, ROBOT_PARTS } from "../declared/config/gym_config.ts";
import type { GymConfig } from "../declared/config/gym_config_types.ts";
import {
  ACTION_CONFIG,
  type ActionConfig,
  type NodeConfig,
  withoutLists,
} from "./action_config.ts";
import {
  type Schedule,
  type ScheduledEdge,
  scheduleEdges,
  type ScheduleFinding,
} from "./schedule.ts";

/** An action config that was checked, with its schedule. */
export interface ActionBank {
  readonly config: ActionConfig;
  readonly schedule: Schedule;
}

/** A bank, or everything that is wrong with it. */
export type ActionBankResult =
  | { readonly bank: ActionBank; readonly findings: readonly [] }
  | { readonly bank: null; readonly findings: readonly Finding[] };

/** Checks anything that claims to be an action config of a gym config, and schedules its edges. */
export function checkActionConfig(value: unknown, gym: GymConfig): ActionBankResult {
  const root = withoutLists(value);
  const result = ACTION_CONFIG.safeParse(root);
  if (!result.success) {
    const findings = result.error.issues.flatMap((issue) =>
      describeIssue(ACTION_CONFIG, issue, root)
    );
    return { bank: null, findings };
  }
  const config = result.data;
  const findings = [
    ...checkDuplicates(value),
    ...checkScopes(config, gym),
    ...Object.entries(config.node).flatMap(([scope, nodes]) =>
      Object.entries(nodes).flatMap(([name, node]) => checkNode([scope, name], node, config, gym))
    ),
  ];
  if (findings.length > 0) return { bank: null, findings };
  const scheduled = scheduleEdges({
    nodes: Object.fromEntries(
      Object.keys(config.scope).map((scope) => [
        scope,
        nodesOf(config, scope),
      ]),
    ),
    edges: scheduledEdges(config),
    sync: Object.fromEntries(
      Object.entries(config.sync).map(([edge, { depend_tasks }]) => [edge, depend_tasks]),
    ),
  });
  if (scheduled.schedule === null) {
    return { bank: null, findings: scheduled.findings.map((fault) => located(fault, config)) };
  }
  const { makespan } = scheduled.schedule;
  if (makespan > gym.max_episode_steps) {
    const problem = `the schedule takes ${makespan} steps, more than max_episode_steps ` +
      `(${gym.max_episode_steps})`;
    const remedy = `raise max_episode_steps to ${makespan} or more`;
    return { bank: null, findings: [{ check: "too-long", path: ["edge"], problem, remedy }] };
  }
  return { bank: { config, schedule: scheduled.schedule }, findings: [] };
}

/** Edges of every scope, in order. */
function scheduledEdges({ edge }: ActionConfig): ScheduledEdge[] {
  return Object.entries(edge).flatMap(([scope, edges]) =>
    Object.entries(edges).map(([name, { src, sink, duration, start }]) => ({
      scope,
      name,
      src,
      sink,
      duration,
      ...(start === undefined ? {} : { start }),
    }))
  );
}

function nodesOf({ scope, node }: ActionConfig, name: string): readonly string[] {
  return [scope[name]!.init.init_node_name, ...Object.keys(node[name] ?? {})]; // of a known scope
}

/** Two of one name in a list would become one. */
function checkDuplicates(value: unknown): Finding[] {
  const { node, edge } = value as Record<string, object>; // the schema has accepted it
  return Object.entries({ node, edge }).flatMap(([section, scopes]) =>
    Object.entries(scopes ?? {}).flatMap(([scope, items]) => {
      if (!Array.isArray(items)) return [];
      const names = items.flatMap((item) => Object.keys(item));
      return names.filter((name, i) => names.indexOf(name) < i).map((name) => ({
        check: `duplicate-${section}`,
        path: [section, scope, name],
        problem: `two are named "${name}"`,
        remedy: "rename one of them",
      }));
    })
  );
}

function checkScopes(config: ActionConfig, { robot, env }: GymConfig): Finding[] {
  const parts: readonly string[] = env.control_parts ?? ROBOT_PARTS[robot.robot_type];
  const scopes = Object.keys(config.scope);
  const findings: Finding[] = [];
  for (const [scope, { dim, init }] of Object.entries(config.scope)) {
    const size = sizeOfScope(scope);
    if (!parts.includes(scope)) {
      const problem = `the robot has no control part "${scope}"`;
      const remedy = suggestName(scope, parts);
      findings.push({ check: "unknown-scope", path: ["scope", scope], problem, remedy });
    } else if (dim !== undefined && dim[0] !== size) {
      const problem = `"${scope}" has ${size} joints, found ${dim[0]}`;
      const path = ["scope", scope, "dim"];
      const remedy = `write dim: [${size}], or leave it out`;
      findings.push({ check: "wrong-size", path, problem, remedy });
    }
    const { given_qpos } = init.kwargs;
    if (init.method === "given_qpos" && given_qpos?.length !== size) {
      const problem = `expected ${size} numbers, found ${given_qpos?.length ?? "none"}`;
      const path = ["scope", scope, "init"];
      const remedy = `write ${countNumbers(size)} in kwargs.given_qpos`;
      findings.push({ check: "wrong-size", path, problem, remedy });
    }
  }
  for (const section of ["node", "edge"] as const) {
    for (const scope of Object.keys(config[section])) {
      if (scopes.includes(scope)) continue;
      const problem = `there is no scope "${scope}"`;
      const remedy = suggestName(scope, scopes);
      findings.push({ check: "unknown-scope", path: [section, scope], problem, remedy });
    }
  }
  return findings;
}

function sizeOfScope(scope: string): number {
  return scope.endsWith("eef") ? 1 : 7;
}

function countNumbers(size: number): string {
  return size === 1 ? "1 number" : `${size} numbers`;
}

function checkNode(
  [scope, name]: readonly [string, string],
  node: NodeConfig,
  config: ActionConfig,
  gym: GymConfig,
): Finding[] {
  const path = ["node", scope, name, "kwargs"] as const;
  if (node.name === "given_qpos") {
    const size = sizeOfScope(scope), found = node.kwargs.qpos.length;
    if (found === size) return [];
    const problem = `expected ${size} numbers, found ${found}`;
    const remedy = `write ${countNumbers(size)}`;
    return [{ check: "wrong-size", path: [...path, "qpos"], problem, remedy }];
  }
  if (scope.endsWith("eef")) {
    const problem = `a gripper has no ${node.name}`;
    return [{ check: "wrong-node", path, problem, remedy: "give it a given_qpos" }];
  }
  const { affordance, entity_cfg: { uid } } = node.kwargs;
  const findings = checkObject([...path, "entity_cfg", "uid"], uid, gym);
  if (findings.length > 0) return findings;
  const known = Object.keys(affordancesOf(gym, uid)!); // just found
  if (typeof affordance === "string" && !known.includes(affordance)) {
    findings.push({
      check: "unknown-affordance",
      path: [...path, "affordance"],
      problem: `"${uid}" has no affordance "${affordance}"`,
      remedy: suggestName(affordance, known),
    });
  }
  if (node.name === "held_pose") findings.push(...checkHeldPose(path, node, config, gym));
  return findings;
}

/** Checks that a held pose names a grasp of the held object, and an existing target. */
function checkHeldPose(
  path: readonly [string, scope: string, ...string[]],
  { kwargs }: Extract<NodeConfig, { readonly name: "held_pose" }>,
  config: ActionConfig,
  gym: GymConfig,
): Finding[] {
  const findings: Finding[] = [], scope = path[1], { uid } = kwargs.entity_cfg;
  const grasps = Object.entries(config.node[scope]!)
    .filter(([, node]) => node.name === "grasp_pose" && node.kwargs.entity_cfg.uid === uid)
    .map(([name]) => name);
  if (!grasps.includes(kwargs.grasp)) {
    findings.push({
      check: "unknown-node",
      path: [...path, "grasp"],
      problem: `scope "${scope}" has no grasp_pose "${kwargs.grasp}" of "${uid}"`,
      remedy: suggestName(kwargs.grasp, grasps),
    });
  }
  const target = kwargs.target_entity_cfg.uid;
  findings.push(...checkObject([...path, "target_entity_cfg", "uid"], target, gym));
  const [otherScope = "", otherNode = ""] = kwargs.target_at?.split("/") ?? [];
  const other = config.node[otherScope]?.[otherNode];
  const isOfTarget = other?.name === "held_pose" && other.kwargs.entity_cfg.uid === target &&
    other.kwargs.target_at === undefined;
  if (kwargs.target_at !== undefined && !isOfTarget) {
    findings.push({
      check: "unknown-node",
      path: [...path, "target_at"],
      problem: `"${kwargs.target_at}" is no held_pose of "${target}" that stands for itself`,
      remedy: "name a held_pose of the target without target_at",
    });
  }
  return findings;
}

function checkObject(path: Finding["path"], uid: string, gym: GymConfig): Finding[] {
  if (affordancesOf(gym, uid) !== undefined) return [];
  const known = entitiesOf(gym).map(({ uid }) => uid).filter((uid) => affordancesOf(gym, uid));
  const problem = `there is no rigid_object or articulation "${uid}"`;
  return [{ check: "unknown-entity", path, problem, remedy: suggestName(uid, known) }];
}

/** Locates a fault of the schedule in the config. */
function located(
  { edge, part, ...fault }: ScheduleFinding,
  { edge: scopes }: ActionConfig,
): Finding {
  const scope = Object.keys(scopes).find((scope) => Object.hasOwn(scopes[scope]!, edge));
  const path = part === "sync"
    ? ["sync", edge]
    : ["edge", scope ?? "", edge, ...(part === "name" ? [] : [part])];
  return { ...fault, path };
}
