import assert from "node:assert/strict";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { getEnvironment } from "../../../sim/mod.ts";
import type { MujocoScene } from "../../../sim/mujoco/mujoco.ts";
import { DRAWER_GYM } from "./_drawer.ts";

/** Reads no mesh: none is named. */
export const noMesh = () => Promise.reject(new Error("no mesh is named"));

/** The example with other keys of its articulation, and of itself. */
export function drawerWith(articulation: object, gym: object = {}) {
  return {
    ...DRAWER_GYM,
    ...gym,
    articulation: [{ ...DRAWER_GYM.articulation[0], ...articulation }],
  };
}

export function environmentOf(gym: unknown) {
  return getEnvironment("declared", { gym: JSON.stringify(gym), actions: "" });
}

/** Findings as `<path>: <problem>: <remedy>`. */
export function faults(gym: unknown): string {
  return checkGymConfig(gym).findings
    .map(({ path, problem, remedy }) => `${path.join(".")}: ${problem}: ${remedy}`).join("\n");
}

/** What a body, or the one joint of a body, is: rows of arrays of a model. */
export function bodyOf(scene: MujocoScene, name: string) {
  const body = scene.id("body", name);
  const rows = { body_mass: 1, body_inertia: 3, body_ipos: 3, body_iquat: 4 } as const;
  return Object.entries(rows).map(([array, size]) =>
    Array.from(
      scene.model(array as keyof typeof rows).subarray(size * body, size * body + size), // its keys
    )
  );
}

export function jointOf(scene: MujocoScene, name: string) {
  const joint = scene.id("joint", name), dof = scene.model("jnt_dofadr")[joint]!;
  return {
    type: scene.model("jnt_type")[joint],
    axis: Array.from(scene.model("jnt_axis").subarray(3 * joint, 3 * joint + 3)),
    range: Array.from(scene.model("jnt_range").subarray(2 * joint, 2 * joint + 2)),
    damping: scene.model("dof_damping")[dof],
    friction: scene.model("dof_frictionloss")[dof],
  };
}

export function assertNear(
  found: readonly number[],
  expected: readonly number[],
  tolerance: number,
) {
  assert.equal(found.length, expected.length);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `${found}, expected ${expected}`)
  );
}
