import assert from "node:assert/strict";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { readMeshFile } from "../../../sim/declared/config/mesh_file.ts";
import { getEnvironment, hasCameras, isViewable, rolloutCandidates } from "../../../sim/mod.ts";
import { createRandom } from "../../../core/random.ts";
import { CUBE_OBJ } from "./_cube.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "./_lift.ts";

const bytes = new TextEncoder().encode(CUBE_OBJ);

/** The lift of another cube. */
function liftOf(cube: object) {
  const gym = structuredClone(LIFT_GYM);
  Object.assign(gym.rigid_object[0]!, cube);
  const options = { gym: JSON.stringify(gym), actions: JSON.stringify(LIFT_ACTIONS) };
  return getEnvironment("declared", options);
}

/** STL: 80 bytes of header, a count, and 50 bytes a triangle. */
function stlOf(corners: readonly (readonly number[])[]): Uint8Array {
  const triangles = corners.length / 3, view = new DataView(new ArrayBuffer(84 + 50 * triangles));
  view.setUint32(80, triangles, true);
  corners.forEach((corner, i) => {
    const at = 84 + 50 * Math.floor(i / 3) + 12 + 12 * (i % 3);
    corner.forEach((x, axis) => view.setFloat32(at + 4 * axis, x, true));
  });
  return new Uint8Array(view.buffer);
}

Deno.test("readMeshFile() gives the corners of the hull where the file has them", async () => {
  const corners = await readMeshFile("some/cube.OBJ", bytes);
  const expected = [-0.5, 0.5].flatMap((x) =>
    [-0.5, 0.5].flatMap((y) => [-0.5, 0.5].map((z) => [x, y, z]))
  );
  assert.deepEqual(corners.map(String).toSorted(), expected.map(String).toSorted());
  const [a, b, c, d] = [[0, 0, 0], [0.1, 0, 0], [0, 0.2, 0], [0.3, 0.1, 0.4]] as const;
  const tetrahedron = await readMeshFile("t.stl", stlOf([a, c, b, a, b, d, b, c, d, c, a, d]));
  assert.deepEqual(tetrahedron.map(String).toSorted(), [a, b, c, d].map(String).toSorted());
});

Deno.test("readMeshFile() names a file that holds no solid", async () => {
  const flat = new TextEncoder().encode("v 0 0 0\nv 1 0 0\nf 1 2 1\n");
  await assert.rejects(readMeshFile("flat.obj", flat), {
    name: "InvalidInputError",
    message:
      /^Cannot read "flat\.obj": expected a closed mesh in OBJ, PLY or binary STL, found one that MuJoCo refuses/,
  });
});

Deno.test("a mesh is grasped, seen and drawn as the same shape of its own kind", async () => {
  const vertices = await readMeshFile("cube.obj", bytes);
  const mesh = { shape: { shape_type: "Mesh", vertices }, body_scale: [0.03, 0.03, 0.03] };
  const environment = liftOf(mesh);
  const { episode } = await rolloutCandidates({
    ...{ environment, policy: "scripted", seed: 1, stream: "mesh", first: 0, count: 2 },
    randomize: true,
  });
  assert.deepEqual(Array.from(episode["success"]!.data, Number), [1, 1]);

  using box = await liftOf({}).create();
  using hull = await environment.create();
  const images = [box, hull].map((world) => {
    world.configure({});
    world.reset(createRandom(1, "mesh", 0));
    const camera = { width: 64, height: 64, depth: true, segmentation: true, shadows: true };
    const place = { position: [0.55, -0.1, 0.1], target: [0.45, 0, 0.01] } as const;
    assert.ok(hasCameras(world));
    return world.capture({ ...camera, ...place, image: true, fieldOfView: 30 });
  });
  const [boxed, hulled] = images as [typeof images[number], typeof images[number]]; // two
  assert.deepEqual(hulled.segmentation, boxed.segmentation);
  assert.ok(new Set(hulled.segmentation).size >= 2, "the cube is not seen");
  boxed.depth!.forEach((depth, i) => assert.ok(Math.abs(hulled.depth![i]! - depth) < 1e-5));
  const different = boxed.image!.filter((value, i) => Math.abs(hulled.image![i]! - value) > 1);
  assert.ok(different.length <= 3 * 8, `${different.length} colours differ`);

  assert.ok(isViewable(hull));
  const drawing = hull.drawing();
  assert.ok(drawing.dimensions === 3);
  const shape = drawing.shapes.find(({ kind }) => kind === "hull");
  assert.equal(shape?.triangles?.length, 9 * 12);
});

Deno.test("checkGymConfig() refuses scales of what has sizes, and hulls that are none", () => {
  const faults = (cube: object) => {
    const gym = structuredClone(LIFT_GYM);
    Object.assign(gym.rigid_object[0]!, cube);
    return checkGymConfig(gym).findings.map(({ path, problem }) => `${path.join(".")}: ${problem}`)
      .join("\n");
  };
  assert.match(faults({ body_scale: [2, 2, 2] }), /body_scale: a Cube is scaled by its own sizes/);
  assert.match(faults({ shape: { shape_type: "Mesh", vertices: [[0, 0, 0]] } }), /at least 4/);
  assert.match(faults({ max_convex_hull_num: 8 }), /expected 1: a mesh is one convex hull/);
});
