import type { Movable } from "./movable.ts";
import type { MujocoScene } from "./mujoco.ts";
import { drawnGeoms } from "./mujoco_drawing.ts";

/** Where bodies are now, and which shapes of a drawing they are, after kinematics were updated. */
export function movableBodies(scene: MujocoScene, names: readonly string[]): Movable[] {
  const bodies = scene.model("geom_bodyid"), drawn = drawnGeoms(scene);
  return names.map((name) => {
    const body = scene.id("body", name);
    return {
      name,
      position: Array.from(scene.data("xpos").subarray(3 * body, 3 * body + 3)),
      shapes: drawn.flatMap((geom, shape) => bodies[geom] === body ? [shape] : []),
    };
  });
}

/**
 * Puts a body elsewhere, turned as it is, and at rest.
 *
 * @param name Of a body with a free joint or of a mocap body
 * @param position `[3]` m
 */
export function moveBody(scene: MujocoScene, name: string, position: readonly number[]): void {
  const body = scene.id("body", name), mocap = scene.model("body_mocapid")[body]!;
  if (mocap >= 0) {
    scene.data("mocap_pos").set(position, 3 * mocap);
  } else {
    const joint = scene.model("body_jntadr")[body]!, dof = scene.model("jnt_dofadr")[joint]!;
    scene.data("qpos").set(position, scene.model("jnt_qposadr")[joint]!);
    scene.data("qvel").fill(0, dof, dof + 6);
  }
  scene.updateKinematics();
}
