import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { varyArm } from "../../../sim/arm/arm_randomization.ts";
import { dampedLeastSquares } from "../../../sim/arm/inverse_kinematics.ts";
import { MujocoScene } from "../../../sim/mujoco/mujoco.ts";
import { reachScene } from "../../../sim/arm/reach.ts";

Deno.test("MujocoScene.compile() says what MuJoCo says of a faulty model", async () => {
  await assert.rejects(MujocoScene.compile("<mujoco><bad/></mujoco>"), /unrecognized element/);
});

Deno.test("MujocoScene.data() stays live when the heap grows", async () => {
  using scene = await MujocoScene.compile(reachScene());
  scene.resetState();
  scene.data("qpos")[0] = 0.25;
  const before = scene.data("qpos");
  // 2 million rays take some 100 MB of the heap, beyond what it starts with.
  const rays = new Float64Array(6e6).fill(1);
  scene.updateKinematics();
  scene.castRays([0, 0, 1], rays);
  assert.equal(before.length, 0, "the heap did not grow");
  assert.equal(scene.data("qpos")[0], 0.25);
  scene.data("qpos")[0] = 0.5;
  assert.equal(scene.snapshot()[1], 0.5);
});

Deno.test("MujocoScene.id() names what is not in the model", async () => {
  using scene = await MujocoScene.compile(reachScene());
  assert.ok(scene.id("site", "ee") >= 0);
  assert.throws(() => scene.id("body", "nose"), /body "nose"/);
});

Deno.test("varyArm() changes exactly what was drawn, and resetModel() undoes it", async () => {
  using scene = await MujocoScene.compile(reachScene());
  const read = () => ({
    friction: scene.model("geom_friction").slice(),
    mass: scene.model("body_mass").slice(),
    damping: scene.model("dof_damping").slice(),
    gain: scene.model("actuator_gainprm").slice(),
    light: scene.model("light_dir").slice(),
  });
  const nominal = read();
  varyArm(scene, { friction: Float64Array.of(1.2) });
  const { friction, ...rest } = read();
  assert.deepEqual(friction, nominal.friction.map((value, i) => i % 3 === 0 ? 1.2 * value : value));
  assert.deepEqual({ friction: nominal.friction, ...rest }, nominal);
  scene.resetModel();
  varyArm(scene, { body_mass: new Float64Array(10).fill(2), gain: new Float64Array(7).fill(1.1) });
  const varied = read();
  const doubled = varied.mass.filter((mass, body) => mass === 2 * nominal.mass[body]! && mass > 0);
  assert.equal(doubled.length, 10);
  assert.equal(varied.gain.filter((value, i) => value !== nominal.gain[i]).length, 7);
  scene.resetModel();
  assert.deepEqual(read(), nominal);
  assert.throws(() => varyArm(scene, { taste: Float64Array.of(1) }), /Cannot vary "taste"/);
});

Deno.test("dampedLeastSquares() moves the end effector as asked, and the rest to the posture", () => {
  const random = createRandom(1, "jacobian", 0);
  const jacobian = Float64Array.from({ length: 21 }, () => random.normal());
  const error = [0.01, -0.02, 0.03], posture = Array.from({ length: 7 }, () => random.normal());
  const project = (step: ArrayLike<number>) =>
    [0, 1, 2].map((row) =>
      Array.from(step).reduce((sum, value, j) => sum + jacobian[7 * row + j]! * value, 0)
    );
  const still = dampedLeastSquares(jacobian, error, new Array(7).fill(0), 1e-4);
  const moved = dampedLeastSquares(jacobian, error, posture, 1e-4);
  for (const step of [still, moved]) {
    project(step).forEach((value, row) => assert.ok(Math.abs(value - error[row]!) < 1e-6));
  }
  const distance = (step: ArrayLike<number>) =>
    Math.hypot(...posture.map((value, j) => value - step[j]!));
  assert.ok(distance(moved) < distance(still));
});

Deno.test("dampedLeastSquares() takes small steps where the arm is outstretched", () => {
  // One direction can hardly be moved in.
  const jacobian = Float64Array.of(1, 0, 0, 1e-6);
  const step = dampedLeastSquares(jacobian, [0.01, 0.01], [0, 0], 0.05);
  assert.ok(Math.abs(step[0]! - 0.01) < 1e-4);
  assert.ok(Math.abs(step[1]!) < 1e-4);
});
