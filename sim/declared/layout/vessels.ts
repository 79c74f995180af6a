import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { toLocal } from "../../world/quaternion.ts";
import type { GymConfig } from "../config/gym_config_types.ts";
import { poseOf, type SceneLayout } from "./layout.ts";
import type { ObjectLayout } from "./object_layout.ts";

/** Current positions of things, after kinematics were updated. */
export interface ScenePlaces {
  readonly scene: MujocoScene;
  readonly layout: SceneLayout;
  readonly config: GymConfig;
}

/** Members of a group whose middle is inside an object now; none if the object is no vessel. */
export function membersInside(
  { scene, layout, config }: ScenePlaces,
  group: string,
  vessel: string,
): readonly ObjectLayout[] {
  const shape = config.rigid_object.find(({ uid }) => uid === vessel)?.shape;
  if (shape?.shape_type !== "Vessel") return [];
  const pose = poseOf(scene, layout.objects.get(vessel)!); // every rigid_object is laid out
  return layout.groups.get(group)!.filter((member) => { // checkFunctors() has found it
    const [x, y, z] = toLocal(pose, poseOf(scene, member).position);
    return Math.hypot(x, y) < shape.radius + shape.thickness && z > 0 && z < shape.height;
  });
}
