import type { Articulation, Joint } from "./gym_config_types.ts";

/** A joint as a scene has it: scaled, with what the config says in place of its file. */
export interface ArticulationJoint extends Joint {
  /** Initial position (rad or m). */
  readonly start: number;
  /** Stiffness of the drive that holds it there; 0 for a passive joint. */
  readonly stiffness: number;
}

/** The joints of an articulation, in the order of its links. */
export function jointsOf(articulation: Articulation): readonly ArticulationJoint[] {
  const { links, init_qpos, body_scale: [scale], drive_props, drive_pros } = articulation;
  const drive = drive_props ?? drive_pros;
  return links.flatMap(({ joint }) => joint ?? []).map((joint, i) => {
    const { name, type, range: [low, high] = [-Infinity, Infinity], effort } = joint;
    const unit = type === "slide" ? scale : 1;
    const given = isList(init_qpos) ? init_qpos[i] : init_qpos[name];
    const stiffness = drive?.drive_type === "none" ? undefined : drive?.stiffness;
    const most = valueOf(drive?.max_effort, name) ?? effort;
    return {
      ...joint,
      ...(joint.range === undefined ? {} : { range: [low * unit, high * unit] }),
      damping: valueOf(drive?.damping, name) ?? joint.damping,
      friction: valueOf(drive?.friction, name) ?? joint.friction,
      ...(most === undefined ? {} : { effort: most }),
      start: given ?? Math.min(high * unit, Math.max(low * unit, 0)),
      stiffness: valueOf(stiffness, name) ?? 0,
    };
  });
}

/** Returns the value for one joint of a number for all joints, or of numbers by joint. */
function valueOf(
  values: number | Readonly<Record<string, number>> | undefined,
  joint: string,
): number | undefined {
  return typeof values === "object" ? values[joint] : values;
}

function isList(positions: Articulation["init_qpos"]): positions is readonly number[] {
  return Array.isArray(positions);
}
