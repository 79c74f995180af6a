import type { z } from "zod";
import { describeIssue, type Finding, valueAt } from "../../core/findings.ts";
import { checkArticulations } from "./articulation_checks.ts";
import type { GymConfig } from "./config/gym_config_types.ts";
import { checkFunctors } from "./functor_checks.ts";
import { entitiesOf, GYM_CONFIG, ROBOT_PARTS } from "./config/gym_config.ts";
import { checkSensors } from "./sensor_checks.ts";

/** A config, or everything that is wrong with it. */
export type GymConfigResult =
  | { readonly config: GymConfig; readonly findings: readonly [] }
  | { readonly config: null; readonly findings: readonly Finding[] };

/**
 * Checks types, ranges and names of anything that claims to be a gym config.
 *
 * @param options `hasLinks`: false if links of articulations are not known, so that no name can be
 * looked up
 */
export function checkGymConfig(
  value: unknown,
  { hasLinks = true }: { readonly hasLinks?: boolean } = {},
): GymConfigResult {
  const result = GYM_CONFIG.safeParse(value);
  const checkNames = (config: GymConfig) =>
    hasLinks
      ? [
        ...checkScene(config),
        ...checkArticulations(config),
        ...checkRobot(config),
        ...checkSensors(config),
        ...checkFunctors(config),
      ]
      : [];
  if (!result.success) {
    const { issues } = result.error;
    const findings = issues.flatMap((issue) => describeIssue(GYM_CONFIG, issue, value));
    const rest = GYM_CONFIG.safeParse(withoutFaults(value, issues));
    return {
      config: null,
      findings: [...findings, ...(rest.success ? checkNames(rest.data) : [])],
    };
  }
  const config = result.data, findings = checkNames(config);
  return findings.length > 0 ? { config: null, findings } : { config, findings: [] };
}

/** A config without unknown keys and numbers out of range, none of which names anything. */
function withoutFaults(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const rest = structuredClone(value);
  for (const issue of issues) {
    const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
    const [keys, owner] = issue.code === "unrecognized_keys"
      ? [issue.keys, path]
      : issue.code === "too_small" || issue.code === "too_big"
      ? [path.slice(-1), path.slice(0, -1)]
      : [[], path];
    const object = valueAt(rest, owner);
    if (typeof object !== "object" || object === null || Array.isArray(object)) continue;
    for (const key of keys) Reflect.deleteProperty(object, key);
  }
  return rest;
}

function checkScene(config: GymConfig): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { uid, path } of entitiesOf(config)) {
    if (seen.has(uid)) {
      const problem = `two are named "${uid}"`;
      findings.push({ check: "duplicate-uid", path, problem, remedy: "rename one of them" });
    }
    seen.add(uid);
  }
  for (const section of ["background", "rigid_object"] as const) {
    for (const [at, { shape, body_scale }] of config[section].entries()) {
      if (shape.shape_type === "Mesh" || body_scale.every((factor) => factor === 1)) continue;
      const problem = `a ${shape.shape_type} is scaled by its own sizes`;
      const path = [section, at, "body_scale"];
      findings.push({ check: "not-built", path, problem, remedy: "leave it out" });
    }
  }
  const vessels = config.rigid_object.filter(({ shape }) => shape.shape_type === "Vessel");
  for (const [at, { inside, uid }] of config.rigid_object_group.entries()) {
    if (vessels.some((vessel) => vessel.uid === inside)) continue;
    findings.push({
      check: "unknown-entity",
      path: ["rigid_object_group", at, "inside"],
      problem: `group "${uid}" is inside "${inside}", which is no rigid_object of shape Vessel`,
      remedy: `use one of ${vessels.map((vessel) => vessel.uid).join(", ") || "none: declare one"}`,
    });
  }
  return findings;
}

function checkRobot({ robot, env }: GymConfig): Finding[] {
  const parts: readonly string[] = ROBOT_PARTS[robot.robot_type];
  const findings: Finding[] = [];
  const refuse = (path: Finding["path"], part: string) =>
    findings.push({
      check: "unknown-part",
      path,
      problem: `a ${robot.robot_type} has no part "${part}"`,
      remedy: `use one of ${parts.join(", ")}`,
    });
  for (const [at, part] of (env.control_parts ?? []).entries()) {
    if (!parts.includes(part)) refuse(["env", "control_parts", at], part);
  }
  for (const [part, values = []] of Object.entries(robot.init_qpos)) {
    const path = ["robot", "init_qpos", part];
    if (!parts.includes(part)) refuse(path, part);
    const expected = part.endsWith("eef") ? 1 : 7;
    if (values.length === expected) continue;
    const problem = `expected ${expected} numbers, found ${values.length}`;
    const remedy = `write ${expected} ${expected === 1 ? "number" : "numbers"}`;
    findings.push({ check: "wrong-size", path, problem, remedy });
  }
  return findings;
}
