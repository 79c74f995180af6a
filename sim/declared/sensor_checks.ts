import type { Finding } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import { armBodies } from "../arm/arm.ts";
import type { CameraSensor, GymConfig, Sensor } from "./config/gym_config_types.ts";
import { ARM_PREFIXES } from "./scene/scene.ts";

/** Pixels by which a camera's middle may be off that of its image. */
const OFF_MIDDLE = 1;

/** Share by which pixels may be wider than they are high. */
const OFF_SQUARE = 0.01;

/** Checks the sensors of a config beyond types and ranges. */
export function checkSensors(config: GymConfig): Finding[] {
  const articulations = new Map(config.articulation.map(({ uid, links }) => [
    uid,
    links.map(({ name }) => name),
  ]));
  const links = ARM_PREFIXES[config.robot.robot_type].flatMap((prefix) => armBodies(prefix));
  const objects = [...config.background, ...config.rigid_object].map(({ uid }) => uid);
  const moving = [...articulations].flatMap(([uid, names]) =>
    names.map((name) => `${uid}/${name}`)
  );
  const parents = [...links, ...objects, ...moving];
  const linked = new Map([[config.robot.uid, links], ...articulations]);
  return config.sensor.flatMap((sensor, at) => {
    const findings: Finding[] = [], path = ["sensor", at];
    const refuse = (check: string, keys: Finding["path"], problem: string, remedy: string) =>
      findings.push({ check, path: [...path, ...keys], problem, remedy });
    const requireBody = (keys: Finding["path"], name: string, known: readonly string[]) => {
      if (known.includes(name)) return;
      refuse("unknown-entity", keys, `there is no body "${name}"`, suggestName(name, known));
    };
    if (config.sensor.findIndex(({ uid }) => uid === sensor.uid) !== at) {
      refuse("duplicate-uid", ["uid"], `two are named "${sensor.uid}"`, "rename one of them");
    }
    switch (sensor.sensor_type) {
      case "ContactSensor":
        checkActors(sensor, { requireBody, refuse, objects, linked });
        break;
      case "Imu":
        requireBody(["parent"], sensor.parent, parents);
        break;
      default: {
        const { parent } = sensor.extrinsics;
        if (parent !== undefined) requireBody(["extrinsics", "parent"], parent, parents);
        checkLens(sensor, refuse);
      }
    }
    return findings;
  });
}

type Refuse = (check: string, keys: Finding["path"], problem: string, remedy: string) => void;

function checkActors(
  { rigid_uid_list, articulation_cfg_list }: Extract<Sensor, { sensor_type: "ContactSensor" }>,
  { requireBody, refuse, objects, linked }: {
    readonly requireBody: (keys: Finding["path"], name: string, known: readonly string[]) => void;
    readonly refuse: Refuse;
    readonly objects: readonly string[];
    /** Links of the robot and the articulations, by the owner's name. */
    readonly linked: ReadonlyMap<string, readonly string[]>;
  },
): void {
  if (rigid_uid_list.length + articulation_cfg_list.length === 0) {
    refuse("wrong-value", [], "it feels no contact of anything", "add rigid_uid_list");
  }
  rigid_uid_list.forEach((uid, i) => requireBody(["rigid_uid_list", i], uid, objects));
  for (const [i, { articulation_uid, link_name_list }] of articulation_cfg_list.entries()) {
    const path = ["articulation_cfg_list", i];
    requireBody([...path, "articulation_uid"], articulation_uid, [...linked.keys()]);
    const links = linked.get(articulation_uid) ?? link_name_list; // one fault is told once
    link_name_list.forEach((name, k) => requireBody([...path, "link_name_list", k], name, links));
  }
}

function checkLens(
  { intrinsics, fov, width, height, extrinsics: { eye, target, up } }: CameraSensor,
  refuse: Refuse,
): void {
  const along = (axis: number): number => target[axis]! - eye[axis]!;
  const line = [along(0), along(1), along(2)] as const, [a, b, c] = line;
  if (line.every((along) => along === 0)) {
    refuse("wrong-value", ["extrinsics", "target"], "it is where the eye is", "move one of them");
  }
  const isAlong = up !== undefined && b * up[2] === c * up[1] && c * up[0] === a * up[2] &&
    a * up[1] === b * up[0];
  if (isAlong) {
    refuse("wrong-value", ["extrinsics", "up"], "it is the way that the camera looks", "turn it");
  }
  if (intrinsics === undefined) return;
  const [fx, fy, cx, cy] = intrinsics, keys = ["intrinsics"];
  if (fov !== undefined) {
    refuse("wrong-value", keys, "expected intrinsics or fov, found both", "leave one out");
  }
  if (!(fx > 0 && fy > 0) || Math.abs(fx / fy - 1) > OFF_SQUARE) {
    refuse(
      "not-built",
      keys,
      `pixels are square here, found fx ${fx}, fy ${fy}`,
      "make them equal",
    );
  }
  if (Math.abs(cx - width / 2) > OFF_MIDDLE || Math.abs(cy - height / 2) > OFF_MIDDLE) {
    const remedy = `write [${fx}, ${fy}, ${width / 2}, ${height / 2}]`;
    refuse("not-built", keys, "a camera looks through the middle of its picture here", remedy);
  }
}
