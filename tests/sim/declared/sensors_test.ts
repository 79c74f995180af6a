import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { type CameraSpec, declaredCameras, getEnvironment, hasCameras } from "../../../sim/mod.ts";
import { fieldOf } from "./_fields.ts";
import { LIFT_GYM } from "./_lift.ts";

/** Mass of the cube (kg), and gravity (m/s²). */
const MASS = 0.05, GRAVITY = 9.81;

const SENSORS = [
  {
    sensor_type: "ContactSensor",
    uid: "weight",
    rigid_uid_list: ["cube", "table"],
  },
  {
    sensor_type: "ContactSensor",
    uid: "touch",
    rigid_uid_list: ["stand"],
    articulation_cfg_list: [{ articulation_uid: "robot", link_name_list: ["finger1", "finger2"] }],
    filter_need_both_actor: false,
  },
  { sensor_type: "Imu", uid: "imu", parent: "cube" },
];

const CAMERA = { sensor_type: "Camera", width: 32, height: 24 };

function liftWith(sensor: readonly object[]) {
  return getEnvironment("declared", {
    gym: JSON.stringify({ ...LIFT_GYM, sensor }),
    actions: "",
  });
}

Deno.test("contact sensors and IMUs measure a cube at rest by its weight", async () => {
  const environment = liftWith(SENSORS);
  using world = await environment.create();
  world.configure({});
  let observation = world.reset(createRandom(1, "start", 0));
  const hold = Float32Array.from([0, -1.171, 0, -2.729, 0, 2.867, 0, 0.04]);
  for (let step = 0; step < 20; step++) observation = world.step(hold);
  const near = (value: number, expected: number) =>
    assert.ok(Math.abs(value - expected) < 0.02 * expected, `${value}, expected ${expected}`);
  const [cube, table] = fieldOf(environment, observation, "weight");
  near(cube!, MASS * GRAVITY);
  assert.equal(cube, table);
  const [, , up, ...turns] = fieldOf(environment, observation, "imu");
  near(up!, GRAVITY);
  assert.ok(turns.every((turn) => Math.abs(turn) < 1e-3));
  assert.deepEqual(fieldOf(environment, observation, "touch"), [0, 0, 0]);
});

Deno.test("sensors change nothing of what they measure, and a restored state measures the same", async () => {
  const environment = liftWith(SENSORS), plain = liftWith([]);
  using world = await environment.create();
  using other = await plain.create();
  for (const each of [world, other]) {
    each.configure({});
    each.reset(createRandom(2, "start", 0));
  }
  const random = createRandom(3, "actions", 0);
  for (let step = 0; step < 12; step++) {
    const action = environment.createPolicy("random", world, random)(new Float32Array());
    const observation = world.step(action);
    assert.deepEqual(observation.slice(0, 16), other.step(action).slice(0, 16));
    assert.deepEqual(world.snapshot(), other.snapshot());
    world.restore(world.snapshot());
    assert.deepEqual(world.observe(), observation);
  }
});

Deno.test("a camera with a parent moves with it; a pair has two eyes", async () => {
  const sensor = [
    {
      ...{ ...CAMERA, uid: "wrist", intrinsics: [24, 24, 16, 12] },
      extrinsics: { parent: "hand", eye: [0.08, 0, 0], target: [0, 0, -0.2], up: [1, 0, 0] },
    },
    {
      ...{ ...CAMERA, sensor_type: "StereoCamera", uid: "pair", left_to_right_pos: [0.1, 0, 0] },
      extrinsics: { eye: [1, 0, 0.5], target: [0.4, 0, 0] },
    },
  ];
  const { config } = checkGymConfig({ ...LIFT_GYM, sensor });
  const cameras = declaredCameras(config!);
  assert.deepEqual(cameras.map(({ name }) => name), ["wrist", "pair_left", "pair_right"]);
  const [wrist, left, right] = cameras as [CameraSpec, CameraSpec, CameraSpec]; // as just found
  assert.equal(wrist.view, "wrist");
  // Seen along −x the right is +y.
  assert.deepEqual([left.position, right.position], [[1, -0.05, 0.5], [1, 0.05, 0.5]]);

  const environment = liftWith(sensor);
  assert.deepEqual(environment.cameras, ["scene", "wrist"]);
  using world = await environment.create();
  world.configure({});
  world.reset(createRandom(1, "start", 0));
  assert.ok(hasCameras(world));
  const seen = () => world.capture({ ...wrist, shadows: true }).image!;
  const before = seen();
  const turned = Float32Array.from([0.5, -1.171, 0, -2.729, 0, 2.867, 0, 0.04]);
  for (let step = 0; step < 5; step++) world.step(turned);
  assert.notDeepEqual(seen(), before);
});

Deno.test("checkGymConfig() says of sensors what is not there, and why", () => {
  const extrinsics = { eye: [1, 0, 1], target: [0, 0, 0] };
  const faults = (sensor: object) =>
    checkGymConfig({ ...LIFT_GYM, sensor: [{ uid: "s", ...sensor }] }).findings
      .map(({ path, problem, remedy }) => `${path.join(".")}: ${problem}: ${remedy}`).join("\n");
  assert.equal(faults({ ...CAMERA, extrinsics }), "");
  assert.match(
    faults({ ...CAMERA, extrinsics: { ...extrinsics, parent: "hnad" } }),
    /parent: there is no body "hnad": did you mean "hand"\?/,
  );
  assert.match(
    faults({ ...CAMERA, extrinsics, intrinsics: [24, 24, 20, 12] }),
    /intrinsics: a camera looks through the middle of its picture here: write \[24, 24, 16, 12\]/,
  );
  assert.match(
    faults({ ...CAMERA, extrinsics, far: 10 }),
    /far: expected nothing: everything is seen, however far/,
  );
  assert.match(
    faults({ ...CAMERA, extrinsics: { ...extrinsics, up: [2, 0, 2] } }),
    /up: it is the way that the camera looks/,
  );
  assert.match(faults({ sensor_type: "ContactSensor" }), /it feels no contact of anything/);
  assert.match(
    faults({ sensor_type: "ContactSensor", rigid_uid_list: ["cub"] }),
    /rigid_uid_list\.0: there is no body "cub": did you mean "cube"\?/,
  );
  assert.match(faults({ sensor_type: "Lidar" }), /expected a sensor_type of Camera, StereoCamera/);
});
