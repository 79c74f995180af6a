import type { MujocoScene } from "../../mujoco/mujoco.ts";
import { transform, type Vector } from "../../world/quaternion.ts";
import type { GymConfig } from "../config/gym_config_types.ts";
import { placedPose, placeObject, type SceneLayout } from "./layout.ts";

/**
 * Initial distance between members, as a multiple of their diameter: they touch nothing, and fall a
 * little.
 */
const SPACING = 1.05;

/** Puts the members of every group into their vessel, layer on layer. */
export function placeGroups(scene: MujocoScene, layout: SceneLayout, config: GymConfig): void {
  for (const { uid, shape, inside } of config.rigid_object_group) {
    const vessel = config.rigid_object.find((object) => object.uid === inside)!; // checkScene() has found it
    if (vessel.shape.shape_type !== "Vessel") continue;
    const pose = placedPose(scene, layout.objects.get(inside)!);
    const places = stack(shape.radius, vessel.shape);
    for (const [i, member] of layout.groups.get(uid)!.entries()) {
      placeObject(scene, member, {
        position: transform(pose, places(i)),
        rotation: pose.rotation,
      });
    }
  }
}

/** Place of each sphere within a vessel: rings of a square grid, layer on layer. */
function stack(
  sphere: number,
  { radius, thickness }: { readonly radius: number; readonly thickness: number },
): (index: number) => Vector {
  const step = 2 * sphere * SPACING, room = radius - sphere * SPACING;
  const cells: (readonly [number, number])[] = [];
  const reach = Math.ceil(radius / step);
  // A grid that is off the middle fits four where one in the middle fits one.
  for (const shift of [0, 0.5]) {
    const found: (readonly [number, number])[] = [];
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        const x = (i + shift) * step, y = (j + shift) * step;
        if (Math.hypot(x, y) <= room) found.push([x, y]);
      }
    }
    if (found.length > cells.length) cells.splice(0, cells.length, ...found);
  }
  const layer = cells.length > 0 ? cells : [[0, 0] as const];
  return (index) => {
    const [x, y] = layer[index % layer.length]!;
    return [x, y, thickness + sphere * SPACING + step * Math.floor(index / layer.length)];
  };
}
