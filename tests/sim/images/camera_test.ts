import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { modelCamera, renderImages } from "../../../sim/images/camera.ts";
import { MujocoScene } from "../../../sim/mujoco/mujoco.ts";
import { RayCaster } from "../../../sim/images/ray_caster.ts";
import { readRayScene } from "../../../sim/images/ray_scene.ts";
import { normalAt } from "../../../sim/images/ray_shapes.ts";
import { readSun, Shadows } from "../../../sim/images/sun.ts";

const WIDTH = 48, HEIGHT = 40;
const EVERYTHING = { width: WIDTH, height: HEIGHT, image: true, depth: true, segmentation: true };

/** Every primitive at random, some of them in each other, over a floor; seen from the side. */
function scatteredScene(seed: number): string {
  const random = createRandom(seed, "scatter", 0);
  const numbers = (count: number, low: number, high: number) =>
    Array.from({ length: count }, () => random.uniform(low, high).toFixed(4)).join(" ");
  const geoms = ["sphere", "capsule", "ellipsoid", "cylinder", "box"].flatMap((type) =>
    [0, 1, 2].map(() =>
      `<geom type="${type}" pos="${numbers(3, -0.6, 0.6)}" euler="${numbers(3, -180, 180)}"
        size="${numbers(3, 0.05, 0.3)}" rgba="${numbers(3, 0, 1)} 1"/>`
    )
  );
  return `<mujoco><worldbody>
    <light directional="true" dir="-.4 .3 -.8"/>
    <geom type="plane" size="3 2 .1" pos="0 0 -.7"/>
    <geom type="box" size="1 1 1" pos="0 -2 0" rgba="1 0 0 0"/>
    ${geoms.join("")}
    <camera name="scene" pos="0 -2.5 .4" xyaxes="1 0 0 0 .1 1" fovy="50"/>
  </worldbody></mujoco>`;
}

/** Directions of the rays of a caster, with length 1 along the camera's axis. */
function raysOf({ camera, pixel }: RayCaster): Float64Array {
  return Float64Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const sample = Math.floor(i / 3), axis = i % 3;
    const x = (sample % WIDTH + 0.5 - WIDTH / 2) * pixel;
    const y = (HEIGHT / 2 - Math.floor(sample / WIDTH) - 0.5) * pixel;
    return camera[6 + axis]! + x * camera[axis]! + y * camera[3 + axis]!;
  });
}

Deno.test("renderImages() sees what mj_multiRay sees: geoms, depth and normals", async () => {
  for (const seed of [1, 2, 3, 4]) {
    using scene = await MujocoScene.compile(scatteredScene(seed));
    scene.updateKinematics();
    const pose = modelCamera(scene, "scene");
    const rayScene = readRayScene(scene);
    const caster = new RayCaster(rayScene, pose, WIDTH, HEIGHT);
    const rays = raysOf(caster);
    const { geom, distance, normal } = scene.castRays(pose.position, rays);
    const { depth, segmentation } = renderImages(scene, pose, { ...EVERYTHING, shadows: true });
    assert.ok(new Set(geom).size > 12, "too little is seen");
    assert.deepEqual(Array.from(segmentation!, (id) => id - 1), Array.from(geom));
    const own = new Float64Array(3);
    for (let i = 0; i < geom.length; i++) {
      const hit = geom[i]!;
      if (hit < 0) {
        assert.equal(depth![i], 0);
        continue;
      }
      assert.ok(Math.abs(depth![i]! - distance[i]!) < 1e-6 * distance[i]!, `depth of ray ${i}`);
      const local = [0, 1, 2].map((axis) =>
        [0, 1, 2].reduce((sum, k) => {
          const at = caster.camera[9 + k]! + distance[i]! * rays[3 * i + k]!;
          return sum +
            (at - rayScene.positions[3 * hit + k]!) * rayScene.rotations[9 * hit + 3 * k + axis]!;
        }, 0)
      );
      const [x = 0, y = 0, z = 0] = local;
      normalAt(rayScene.kinds[hit]!, rayScene.sizes, 3 * hit, x, y, z, own);
      for (let axis = 0; axis < 3; axis++) {
        const turned = [0, 1, 2].reduce(
          (sum, k) => sum + rayScene.rotations[9 * hit + 3 * axis + k]! * own[k]!,
          0,
        );
        assert.ok(Math.abs(turned - normal[3 * i + axis]!) < 1e-6, `normal of ray ${i}`);
      }
    }
  }
});

Deno.test("Shadows.isLit() agrees with rays that mj_multiRay casts from the sun", async () => {
  const SUN = 50, BIAS = 1e-3; // m
  let points = 0, dark = 0, different = 0;
  for (const seed of [1, 2, 3, 4]) {
    using scene = await MujocoScene.compile(scatteredScene(seed));
    scene.updateKinematics();
    const pose = modelCamera(scene, "scene"), rayScene = readRayScene(scene);
    const caster = new RayCaster(rayScene, pose, WIDTH, HEIGHT);
    const rays = raysOf(caster);
    const { geom, distance, normal } = scene.castRays(pose.position, rays);
    const sun = readSun(scene), shadows = new Shadows(rayScene, sun);
    for (let i = 0; i < geom.length; i++) {
      const facing = [0, 1, 2].reduce((sum, k) => sum + normal[3 * i + k]! * sun.towards[k]!, 0);
      if (geom[i]! < 0 || facing < 0.05) continue;
      const at = (k: number) => caster.camera[9 + k]! + distance[i]! * rays[3 * i + k]!;
      const point = [at(0), at(1), at(2)];
      const from = point.map((component, k) => component + SUN * sun.towards[k]!);
      const back = Float64Array.from(sun.towards, (component) => -component);
      const lit = scene.castRays(from, back).distance[0]! > SUN - BIAS;
      points++;
      if (!lit) dark++;
      if (lit !== shadows.isLit(geom[i]!, point[0]!, point[1]!, point[2]!)) different++;
    }
  }
  assert.ok(points > 2000 && dark > 200, `${points} points, ${dark} dark`);
  // The bias decides on what lies within a millimetre of the edge where two shapes meet.
  assert.ok(different <= points / 500, `${different} of ${points} differ`);
});

Deno.test("renderImages() shows what a light is, and shadows where they are asked for", async () => {
  using scene = await MujocoScene.compile(scatteredScene(2));
  scene.updateKinematics();
  const pose = modelCamera(scene, "scene");
  const brightness = (shadows: boolean) => {
    const { image } = renderImages(scene, pose, { ...EVERYTHING, shadows });
    return image!.reduce((sum, value) => sum + value, 0);
  };
  const usual = brightness(true), open = brightness(false);
  assert.ok(open > usual);
  scene.model("light_ambient").fill(0.5);
  const soft = brightness(true);
  assert.ok(soft > usual && soft < open);
  assert.equal(brightness(false), open, "shadow light is of the shadow");
  scene.model("light_diffuse").fill(0.2);
  assert.ok(brightness(false) < usual);
});

Deno.test("renderImages() softens edges, and gives what was asked for alone", async () => {
  using scene = await MujocoScene.compile(`<mujoco><worldbody>
    <geom type="box" size="1 1 .01" euler="0 0 20" rgba="1 1 1 1"/>
    <camera name="scene" pos="0 0 3" fovy="90"/></worldbody></mujoco>`);
  scene.updateKinematics();
  const pose = modelCamera(scene, "scene");
  const only = { image: false, depth: false, segmentation: false, shadows: false };
  const size = { width: 32, height: 32 };
  const { image, ...nothing } = renderImages(scene, pose, { ...size, ...only, image: true });
  assert.deepEqual(nothing, {});
  const reds = new Set(image!.filter((_, i) => i % 3 === 0));
  assert.ok(reds.size >= 5, "between box and sky are mixtures of them");
  const { depth } = renderImages(scene, pose, { ...size, ...only, depth: true });
  // Along the axis, not along the ray: a wall at a right angle has one depth.
  assert.deepEqual(new Set(depth), new Set([0, Math.fround(2.99)]));
});

Deno.test("renderImages() refuses a segmentation that a byte cannot hold", async () => {
  const many = '<geom type="sphere" size=".01"/>'.repeat(256);
  using scene = await MujocoScene.compile(
    `<mujoco><worldbody>${many}<camera name="scene"/></worldbody></mujoco>`,
  );
  scene.updateKinematics();
  const take = () =>
    renderImages(scene, modelCamera(scene, "scene"), { ...EVERYTHING, shadows: false });
  assert.throws(take, /at most 255 geoms, found 256/);
});
