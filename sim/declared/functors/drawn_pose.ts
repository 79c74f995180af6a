import { z } from "zod";
import type { RandomGenerator } from "../../../core/random.ts";
import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { add, compose, rotationOfDegrees, type Vector } from "../../world/quaternion.ts";
import { BOX } from "./functor.ts";
import { placedPose, placeObject } from "../layout/layout.ts";
import type { ObjectLayout } from "../layout/object_layout.ts";

/** Parameters of an event that draws a pose: m, and degrees about x, y, z. */
export const POSE_RANGES = {
  position_range: BOX,
  rotation_range: BOX.default([[0, 0, 0], [0, 0, 0]]),
  relative_position: z.boolean().default(true),
  relative_rotation: z.boolean().default(true),
};

/** Puts an object where a draw says, relative to where it is unless the parameters say otherwise. */
export function drawPose(
  scene: MujocoScene,
  object: ObjectLayout,
  { random, position_range, rotation_range, relative_position, relative_rotation }:
    & z.output<z.ZodObject<typeof POSE_RANGES>>
    & { readonly random: RandomGenerator },
): void {
  const { position, rotation } = placedPose(scene, object);
  const offset = drawVector(position_range, random);
  const turn = rotationOfDegrees(drawVector(rotation_range, random));
  placeObject(scene, object, {
    position: relative_position ? add(position, offset) : offset,
    rotation: relative_rotation ? compose(turn, rotation) : turn,
  });
}

function drawVector(box: readonly [Vector, Vector], random: RandomGenerator): Vector {
  const [[x, y, z], [X, Y, Z]] = box;
  return [random.uniform(x, X), random.uniform(y, Y), random.uniform(z, Z)];
}
