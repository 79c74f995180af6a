import type { DraggableBody } from "../world/draggable_body.ts";
import type { MujocoScene } from "./mujoco.ts";
import { drawnGeoms } from "./mujoco_drawing.ts";

/**
 * Returns the current positions of bodies, and the shapes that draw them, after kinematics were
 * updated.
 */
export function draggableBodies(scene: MujocoScene, names: readonly string[]): DraggableBody[] {
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

/** The new position of a body, and the bodies that go along. */
export interface Move {
  /** `[3]` m */
  readonly position: readonly number[];
  /** Names of bodies with free joints that keep their places beside it; none if absent. */
  readonly carried?: readonly string[] | undefined;
}

/**
 * Moves a body to another position, with its rotation unchanged and at rest.
 *
 * @param name Of a body with a free joint or of a mocap body
 */
export function moveBody(
  scene: MujocoScene,
  name: string,
  { position, carried = [] }: Move,
): void {
  const places = scene.data("xpos"), first = 3 * scene.id("body", name);
  const shift = position.map((value, axis) => value - places[first + axis]!);
  for (const other of carried) {
    const at = 3 * scene.id("body", other);
    placeBody(scene, other, shift.map((value, axis) => places[at + axis]! + value));
  }
  placeBody(scene, name, position);
  scene.updateKinematics();
}

/** Writes where a body is, and that it rests. Kinematics are those of before. */
function placeBody(scene: MujocoScene, name: string, position: readonly number[]): void {
  const body = scene.id("body", name), mocap = scene.model("body_mocapid")[body]!;
  if (mocap >= 0) {
    scene.data("mocap_pos").set(position, 3 * mocap);
    return;
  }
  const joint = scene.model("body_jntadr")[body]!, dof = scene.model("jnt_dofadr")[joint]!;
  scene.data("qpos").set(position, scene.model("jnt_qposadr")[joint]!);
  scene.data("qvel").fill(0, dof, dof + 6);
}
