import type { Finding } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Articulation, GymConfig, Link } from "./config/gym_config_types.ts";
import { jointsOf } from "./config/articulation_joints.ts";

/** Checks the articulations of a config beyond types and ranges. */
export function checkArticulations({ articulation }: GymConfig): Finding[] {
  return articulation.flatMap((each, at) =>
    [...checkLinks(each), ...checkJoints(each), ...checkNames(each)]
      .map((finding) => ({ ...finding, path: ["articulation", at, ...finding.path] }))
  );
}

/** A tree in which parents come first, that moves, and in which what moves has mass. */
function checkLinks({ links, fix_base }: Articulation): Finding[] {
  const findings = links.flatMap(({ name, parent, joint }, i): Finding[] => {
    const path = ["links", i, "parent"];
    if (i === 0) {
      if (parent === undefined && joint === undefined) return [];
      const problem = `"${name}" is the root, which hangs on nothing`;
      return [{ check: "wrong-value", path, problem, remedy: "leave parent and joint out" }];
    }
    const before = links.slice(0, i).map(({ name }) => name);
    if (parent !== undefined && before.includes(parent)) return [];
    const problem = `there is no link "${parent ?? ""}" before "${name}"`;
    const remedy = suggestName(parent ?? "", before);
    return [{ check: "unknown-link", path, problem, remedy }];
  });
  for (const [i, link] of links.entries()) {
    const moves = link.joint !== undefined || (i === 0 && !fix_base);
    if (!moves || hasMass(link, links)) continue;
    const problem = `"${link.name}" moves and has no mass`;
    const path = ["links", i];
    findings.push({ check: "wrong-value", path, problem, remedy: "give it inertial, or shapes" });
  }
  const names = links.flatMap(({ joint }) => joint?.name ?? []);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) === i) continue;
    const problem = `two joints are named "${name}"`;
    findings.push({ check: "duplicate-joint", path: ["links"], problem, remedy: "rename one" });
  }
  if (names.length === 0) {
    const problem = "no link has a joint";
    const remedy = "declare it as rigid objects";
    findings.push({ check: "no-joint", path: ["links"], problem, remedy });
  }
  return findings;
}

/** Returns whether a link has mass, together with what is fixed to it. */
function hasMass({ name, inertial, shapes }: Link, links: readonly Link[]): boolean {
  return inertial !== undefined || shapes.some(({ collides }) => collides) ||
    links.some((link) => link.parent === name && link.joint === undefined && hasMass(link, links));
}

/** Checks the initial positions of joints. */
function checkJoints(articulation: Articulation): Finding[] {
  const { init_qpos } = articulation, joints = jointsOf(articulation);
  const path = ["init_qpos"];
  if (Array.isArray(init_qpos) && init_qpos.length !== joints.length) {
    const names = joints.map(({ name }) => name).join(", ");
    const problem = `expected ${joints.length} numbers (${names}), found ${init_qpos.length}`;
    const remedy = "write a number for each joint, or numbers by name";
    return [{ check: "wrong-size", path, problem, remedy }];
  }
  return joints.flatMap(({ name, start, range }, i): Finding[] => {
    if (range === undefined || (start >= range[0] && start <= range[1])) return [];
    const problem = `expected ${range[0]} to ${range[1]} of joint "${name}", found ${start}`;
    const at = Array.isArray(init_qpos) ? i : name;
    const remedy = "choose a value within the joint's limits";
    return [{ check: "out-of-range", path: [...path, at], problem, remedy }];
  });
}

/** Checks the names of joints and links. */
function checkNames(articulation: Articulation): Finding[] {
  const { links, init_qpos, affordances, drive_props, drive_pros } = articulation;
  const joints = links.flatMap(({ joint }) => joint?.name ?? []);
  const unknown = (
    what: "joint" | "link",
    path: Finding["path"],
    values: unknown,
    known: readonly string[],
  ) =>
    (typeof values === "object" && values !== null && !Array.isArray(values)
      ? Object.keys(values)
      : [])
      .filter((name) => !known.includes(name))
      .map((name): Finding => ({
        check: `unknown-${what}`,
        path: [...path, name],
        problem: `there is no ${what} "${name}"`,
        remedy: suggestName(name, known),
      }));
  const drives = Object.entries({ drive_props, drive_pros });
  const both: Finding[] = drive_props === undefined || drive_pros === undefined ? [] : [{
    check: "wrong-value",
    path: ["drive_pros"],
    problem: "expected drive_props or drive_pros, found both",
    remedy: "leave one out",
  }];
  return [
    ...both,
    ...unknown("joint", ["init_qpos"], init_qpos, joints),
    ...drives.flatMap(([key, drive]) =>
      Object.entries(drive ?? {})
        .flatMap(([name, values]) => unknown("joint", [key, name], values, joints))
    ),
    ...unknown("link", ["affordances"], affordances, links.map(({ name }) => name)),
  ];
}
