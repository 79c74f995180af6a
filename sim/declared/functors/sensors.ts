import type { MujocoScene } from "../../mujoco/mujoco.ts";
import type { GymConfig, Sensor } from "../config/gym_config_types.ts";
import type { ObservedField } from "./observed_field.ts";

type ContactSensor = Extract<Sensor, { sensor_type: "ContactSensor" }>;

/** Returns the observation fields of sensors that take no images, each under its own name. */
export function sensorFields({ sensor, robot }: GymConfig): readonly ObservedField[] {
  return sensor.flatMap((sensor) => {
    switch (sensor.sensor_type) {
      case "ContactSensor":
        return [contactField(sensor, actorsOf(sensor, robot))];
      case "Imu":
        return [inertialField(sensor)];
      default:
        return [];
    }
  });
}

/** Returns whether the forces of a state must be computed before it is observed. */
export function feelsForces(config: GymConfig): boolean {
  return sensorFields(config).length > 0;
}

/** Bodies that a contact sensor feels, by their names in the scene. */
function actorsOf(
  { rigid_uid_list, articulation_cfg_list }: ContactSensor,
  { uid }: GymConfig["robot"],
): readonly string[] {
  return [
    ...rigid_uid_list,
    ...articulation_cfg_list.flatMap(({ articulation_uid, link_name_list }) =>
      link_name_list.map((name) => articulation_uid === uid ? name : `${articulation_uid}/${name}`)
    ),
  ];
}

function contactField(sensor: ContactSensor, actors: readonly string[]): ObservedField {
  return {
    spec: {
      name: sensor.uid,
      dtype: "float32",
      shape: [actors.length],
      description: sensor.filter_need_both_actor
        ? "Sum of the forces with which they press on each other"
        : "Sum of the forces with which anything presses on them",
      unit: "N",
      components: actors,
      low: [0],
    },
    read(scene) {
      const bodies = actors.map((name) => scene.id("body", name));
      const forces = new Float64Array(bodies.length);
      for (const { bodies: [first, second], force } of scene.contactForces()) {
        const touched = [bodies.indexOf(first), bodies.indexOf(second)].filter((i) => i >= 0);
        if (sensor.filter_need_both_actor && touched.length < 2) continue;
        for (const actor of touched) forces[actor]! += Math.max(0, force);
      }
      return forces;
    },
  };
}

function inertialField({ uid, parent }: Extract<Sensor, { sensor_type: "Imu" }>): ObservedField {
  return {
    spec: {
      name: uid,
      dtype: "float32",
      shape: [6],
      description: `Acceleration (m/s², gravity felt) and angular velocity (rad/s) of ${parent}`,
      components: ["ax", "ay", "az", "wx", "wy", "wz"],
    },
    read: (scene: MujocoScene) => scene.inertia(scene.id("body", parent)),
  };
}
