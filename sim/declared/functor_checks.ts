import { describeIssue, type Finding } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import { EVENTS } from "./functors/events.ts";
import type { GymConfig } from "./config/gym_config_types.ts";
import type { BoundFunctor, EntityKind, EntityReference, Functors } from "./functors/functor.ts";
import { entitiesOf } from "./config/gym_config.ts";
import { observationNames, OBSERVATIONS } from "./functors/observations.ts";
import { REWARDS } from "./functors/rewards.ts";
import { SUCCESS } from "./functors/success.ts";

/** One declared functor of a section. */
interface Declared {
  readonly func: string;
  readonly mode?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Remedies for functors of EmbodiChain that do not exist here under their names. */
const ABSENT_FUNCTORS: Readonly<Record<string, string>> = {
  record_camera_data: "declare a sensor of type Camera",
  prepare_extra_attr: "give objects affordances, and name them in nodes of the action config",
  register_info_to_env: "nodes of the action config name objects by themselves: leave it out",
  randomize_rigid_object_mass: 'use "randomize_mass"',
  randomize_articulation_mass: 'use "randomize_mass" of a link, <uid>/<link>',
  randomize_robot_eef_pose: 'use "randomize_robot_qpos"',
  randomize_camera_extrinsics: "a camera stands where its sensor says: leave it out",
  randomize_camera_intrinsics: "a camera is as its sensor says: leave it out",
  randomize_indirect_lighting: "the sky's light is always the same: leave it out",
  randomize_emission_light: "nothing shines but the sun: leave it out",
  randomize_rigid_object_scale: "a compiled scene keeps its sizes: leave it out",
  randomize_rigid_objects_scale: "a compiled scene keeps its sizes: leave it out",
  replace_assets_from_group: "a compiled scene keeps its shapes: leave it out",
  drop_rigid_object_group_sequentially: "a group begins inside a vessel: leave it out",
  set_rigid_object_visual_material: "set color of the object",
  get_object_pose: 'use "get_rigid_object_pose"',
  get_robot_eef_pose: 'use "get_robot_eef_position"',
  compute_semantic_mask: "set enable_mask of a sensor",
  get_sensor_intrinsics: "the config that every dataset carries has them: leave it out",
};

/** Checks the functors of a config: names, modes, parameters and what they refer to. */
export function checkFunctors(config: GymConfig): Finding[] {
  const { events, observations, rewards, success } = config.env;
  const findings = [
    ...checkSection(config, "events", events, EVENTS),
    ...checkSection(config, "observations", observations, OBSERVATIONS),
    ...checkSection(config, "rewards", rewards, REWARDS),
    ...checkSection(config, "success", success, SUCCESS),
  ];
  // Names of fields follow from parameters: what is wrong with those is to be mended first.
  if (findings.length > 0) return findings;
  return [
    ...checkFields(config),
    ...checkNeeds(config, "rewards", rewards, REWARDS),
    ...checkNeeds(config, "success", success, SUCCESS),
  ];
}

function checkSection<Bound extends BoundFunctor>(
  config: GymConfig,
  section: string,
  declared: Readonly<Record<string, Declared>>,
  functors: Functors<Bound>,
): Finding[] {
  return Object.entries(declared).flatMap(([name, { func, mode, params }]): Finding[] => {
    const path = ["env", section, name];
    const functor = Object.hasOwn(functors, func) ? functors[func] : undefined;
    if (functor === undefined) {
      return [{
        check: "unknown-functor",
        path: [...path, "func"],
        problem: `there is no functor "${func}" for ${section}`,
        remedy: ABSENT_FUNCTORS[func] ?? suggestName(func, Object.keys(functors)),
      }];
    }
    if (mode !== undefined && !functor.modes.includes(mode)) {
      return [{
        check: "wrong-mode",
        path: [...path, "mode"],
        problem: `"${func}" has no mode "${mode}"`,
        remedy: `use ${functor.modes.join(" or ")}`,
      }];
    }
    const result = functor.schema.safeParse(params);
    if (!result.success) {
      return result.error.issues.flatMap((issue) =>
        describeIssue(functor.schema, issue, params).map((finding) => ({
          ...finding,
          path: [...path, "params", ...finding.path],
        }))
      );
    }
    const { references = [] } = functor.bind(params);
    return references.flatMap((reference) => checkReference(config, path, reference));
  });
}

function checkReference(
  config: GymConfig,
  path: Finding["path"],
  { path: at, uid, kinds, joints = [] }: EntityReference,
): Finding[] {
  const fitting = entitiesOf(config).map(({ uid }) => uid).filter((uid) =>
    kindsOf(config, uid).some((kind) => kinds.includes(kind))
  );
  if (fitting.includes(uid)) {
    const known = jointNames(config, uid);
    return joints.filter(({ name }) => !known.includes(name)).map(({ path: at, name }) => ({
      check: "unknown-joint",
      path: [...path, "params", ...at],
      problem: `"${uid}" has no joint "${name}"`,
      remedy: suggestName(name, known),
    }));
  }
  const present = kindsOf(config, uid);
  return [{
    check: "unknown-entity",
    path: [...path, "params", ...at],
    problem: present.length === 0
      ? `there is no entity "${uid}"`
      : `"${uid}" is ${present.join(", ")}, expected ${kinds.join(" or ")}`,
    remedy: suggestName(uid, fitting),
  }];
}

/** Returns the names of an articulation's joints. */
function jointNames({ articulation }: GymConfig, uid: string): readonly string[] {
  const links = articulation.find((each) => each.uid === uid)?.links ?? [];
  return links.flatMap(({ joint }) => joint?.name ?? []);
}

/** Returns the kinds of an entity; nothing if there is none of the name. */
function kindsOf(config: GymConfig, uid: string): readonly EntityKind[] {
  if (config.robot.uid === uid) return ["robot"];
  if (config.light.direct.some((light) => light.uid === uid)) return ["light"];
  if (config.rigid_object_group.some((group) => group.uid === uid)) return ["group"];
  if (config.articulation.some((each) => each.uid === uid)) return ["articulation"];
  if (uid.includes("/")) return entitiesOf(config).some((each) => each.uid === uid) ? ["link"] : [];
  const object = [...config.background, ...config.rigid_object].find((body) => body.uid === uid);
  if (object === undefined) return [];
  const body = object.body_type === "static" ? "fixed" : object.body_type;
  return object.shape.shape_type === "Vessel" ? [body, "vessel"] : [body];
}

/** Fields of the same name, and modifications of what is not there. */
function checkFields(config: GymConfig): Finding[] {
  const names = observationNames(config);
  return Object.entries(config.env.observations).flatMap(([key, { mode, name, func, params }]) => {
    const { field } = OBSERVATIONS[func]!.bind(params); // checkSection() has found it
    const wanted = name ?? field;
    const count = names.filter((known) => known === wanted).length;
    const path = ["env", "observations", key, ...(name === undefined ? [] : ["name"])];
    if (mode === "modify" && count === 0) {
      const problem = `there is no observation "${wanted}" to modify`;
      return [{ check: "unknown-field", path, problem, remedy: suggestName(wanted, names) }];
    }
    if (mode === "add" && count > 1) {
      const problem = `two observations are named "${wanted}"`;
      return [{ check: "duplicate-field", path, problem, remedy: "give it a name of its own" }];
    }
    return [];
  });
}

function checkNeeds<Bound extends BoundFunctor>(
  config: GymConfig,
  section: string,
  declared: Readonly<Record<string, Declared>>,
  functors: Functors<Bound>,
): Finding[] {
  const names = observationNames(config);
  return Object.entries(declared).flatMap(([key, { func, params }]) => {
    const { needs = [] } = functors[func]!.bind(params); // checkSection() has found it
    return needs.filter((field) => !names.includes(field)).map((field) => ({
      check: "missing-field",
      path: ["env", section, key],
      problem: `"${func}" reads observation "${field}", which there is none of`,
      remedy: "add it to env.observations, by that name",
    }));
  });
}
