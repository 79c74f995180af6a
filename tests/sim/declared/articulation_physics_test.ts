import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { declaredScene } from "../../../sim/declared/scene/scene.ts";
import { MujocoScene } from "../../../sim/mujoco/mujoco.ts";
import { compileUrdf } from "../../../sim/mujoco/urdf.ts";
import { hasCameras, isInteractive, isViewable } from "../../../sim/mod.ts";
import { fieldOf } from "./_fields.ts";
import { CABINET_URDF, DRAWER_GYM } from "./_drawer.ts";

import {
  assertNear,
  bodyOf,
  drawerWith,
  environmentOf,
  faults,
  jointOf,
  noMesh,
} from "./_articulations.ts";

/** An inline hinge of 90° about y: a lever of 1 kg at 0.5 m, which gravity turns down. */
const LEVER = {
  uid: "cabinet",
  init_pos: [0.6, 0.3, 0.5],
  links: [
    { name: "post" },
    {
      name: "arm",
      parent: "post",
      joint: { name: "turn", type: "hinge", axis: [0, 1, 0], range: [0, 1.5] },
      inertial: { pos: [0.5, 0, 0], mass: 1, inertia: [0.01, 0.01, 0.01] },
      shapes: [{ shape: { shape_type: "Sphere", radius: 0.05 }, pos: [0.5, 0, 0] }],
    },
  ],
};

function leverWith(articulation: object, sensor: readonly object[] = []) {
  const { observations } = DRAWER_GYM.env;
  return environmentOf({
    id: "Lever",
    robot: { robot_type: "SingleArm" },
    env: { observations },
    articulation: [{ ...LEVER, ...articulation }],
    sensor,
  });
}

/** The lever's angle after half a second, rad, and its speed after 0.05 s, rad/s. */
async function turned(articulation: object): Promise<{ angle: number; speed: number }> {
  const environment = leverWith(articulation);
  using world = await environment.create();
  world.configure({});
  world.reset(createRandom(1, "start", 0));
  const field = (name: string) => fieldOf(environment, world.observe(), name)[0]!;
  world.step(world.holdAction!());
  const speed = field("cabinet_qvel");
  for (let step = 1; step < 10; step++) world.step(world.holdAction!());
  return { angle: field("cabinet_qpos"), speed };
}

Deno.test("joints are passive unless a drive holds them, at a lag that its stiffness says", async () => {
  const free = await turned({});
  assert.ok(free.angle > 1, "gravity turns nothing");
  // m · g · r / (I + m · r²) for 0.05 s.
  assertNear([free.speed], [0.05 * 4.905 / 0.26], 0.01);
  // Where stiffness · angle = m · g · r · cos(angle): 0.0489 rad of 100 N·m/rad.
  const drive = { stiffness: 100, damping: 10 };
  assertNear([(await turned({ drive_props: drive })).angle], [0.0489], 2e-4);
  assert.ok((await turned({ drive_props: { ...drive, drive_type: "none" } })).angle > 0.2);
  assert.ok((await turned({ drive_pros: { ...drive, max_effort: 1 } })).angle > 0.15);
  const begun = { init_qpos: { turn: 1 }, drive_props: { stiffness: 1e4, damping: 100 } };
  assertNear([(await turned(begun)).angle], [1], 1e-3);
});

Deno.test("links touch each other only where the config says so, and never their parents", async () => {
  const ball = (pos: readonly number[]) => [{ shape: { shape_type: "Sphere", radius: 0.1 }, pos }];
  const [post, arm] = LEVER.links as [object, object]; // as declared
  const tip = {
    name: "tip",
    parent: "arm",
    joint: { name: "tip", type: "hinge", axis: [0, 1, 0] },
  };
  // All three meet at the lever's root.
  const links = [
    { ...post, shapes: ball([0, 0, 0]) },
    { ...arm, shapes: ball([0.05, 0, 0]) },
    { ...tip, shapes: ball([-0.05, 0.05, 0]) },
  ];
  const felt = { articulation_uid: "cabinet", link_name_list: ["post", "arm", "tip"] };
  const forces = async (disable_self_collision: boolean) => {
    const sensor = { sensor_type: "ContactSensor", uid: "felt", articulation_cfg_list: [felt] };
    const environment = leverWith({ links, disable_self_collision }, [sensor]);
    using world = await environment.create();
    world.configure({});
    return fieldOf(environment, world.reset(createRandom(1, "start", 0)), "felt");
  };
  assert.deepEqual(await forces(true), [0, 0, 0]);
  const [root, middle, end] = await forces(false);
  assert.ok(root! > 0 && end === root, `${root}, ${end}`);
  assert.equal(middle, 0);
});

Deno.test("a link without inertial weighs what its shapes would of water", async () => {
  const { inertial: _, ...arm } = LEVER.links[1]!;
  const { config, findings } = checkGymConfig({
    id: "Lever",
    robot: { robot_type: "SingleArm" },
    articulation: [{ ...LEVER, links: [LEVER.links[0], arm] }],
  });
  assert.deepEqual(findings, []);
  using scene = await MujocoScene.compile(declaredScene(config!, 0.002));
  assertNear(bodyOf(scene, "cabinet/arm")[0]!, [1000 * 4 / 3 * Math.PI * 0.05 ** 3], 1e-9);
  const bare = { ...LEVER, links: [LEVER.links[0], { ...arm, shapes: [] }] };
  assert.match(
    faults({ id: "Lever", robot: { robot_type: "SingleArm" }, articulation: [bare] }),
    /links\.1: "arm" moves and has no mass: give it inertial, or shapes/,
  );
});

Deno.test("a root that is free falls; lengths are scaled, masses are not", async () => {
  const heights: number[] = [];
  for (const fix_base of [true, false]) {
    const links = [{ ...LEVER.links[0], shapes: LEVER.links[1]!.shapes }, LEVER.links[1]];
    const environment = leverWith({ fix_base, links });
    using world = await environment.create();
    assert.ok(isInteractive(world));
    world.configure({});
    world.reset(createRandom(1, "start", 0));
    assert.equal(world.snapshot().length, environment.stateSize);
    for (let step = 0; step < 6; step++) world.step(world.holdAction!());
    const root = world.draggableBodies().find(({ name }) => name === "cabinet/post");
    heights.push(root!.position[2]!);
  }
  assert.equal(heights[0], 0.5);
  assert.ok(heights[1]! < 0.3, `${heights[1]}`);

  const { config } = checkGymConfig(drawerWith({ body_scale: [2, 2, 2] }));
  using scene = await MujocoScene.compile(declaredScene(config!, 0.002));
  using alone = await compileUrdf(CABINET_URDF, { maxCorners: 8, readMesh: noMesh });
  assert.deepEqual(jointOf(scene, "cabinet/rail").range, [0, 0.36]);
  assert.deepEqual(jointOf(scene, "cabinet/hinge").range, [0, 1.9]);
  const [mass, inertia, com] = bodyOf(scene, "cabinet/drawer");
  const [unscaled, moments, middle] = bodyOf(alone, "drawer");
  assert.deepEqual(mass, unscaled);
  assertNear(inertia!, moments!.map((moment) => 4 * moment), 1e-12);
  assertNear(com!, middle!.map((x) => 2 * x), 1e-12);
});

Deno.test("links are seen, drawn, measured and carry cameras", async () => {
  const felt = { sensor_type: "ContactSensor", uid: "felt", filter_need_both_actor: false };
  const camera = { sensor_type: "Camera", uid: "view", width: 16, height: 16 };
  const environment = environmentOf(drawerWith({}, {
    sensor: [
      {
        ...felt,
        articulation_cfg_list: [{ articulation_uid: "cabinet", link_name_list: ["handle"] }],
      },
      { sensor_type: "Imu", uid: "imu", parent: "cabinet/drawer" },
      {
        ...camera,
        extrinsics: {
          parent: "cabinet/door",
          eye: [-0.1, 0, 0],
          target: [-1, 0, 0],
          up: [0, 0, 1],
        },
      },
    ],
  }));
  using world = await environment.create();
  assert.ok(isViewable(world) && hasCameras(world) && isInteractive(world));
  world.configure({});
  const observation = world.reset(createRandom(1, "start", 0));
  assert.deepEqual(fieldOf(environment, observation, "felt"), [0]);
  const [, , up] = fieldOf(environment, observation, "imu");
  assertNear([up!], [9.81], 1e-4);
  const drawing = world.drawing();
  assert.ok(drawing.dimensions === 3);
  // Oak is the frame's, white the drawer's and the door's.
  const coloured = (red: number) =>
    drawing.shapes.filter(({ colour }) => Math.abs(colour[0]! - red) < 1e-6).length;
  assert.ok(coloured(0.62) >= 5 && coloured(0.9) >= 3, JSON.stringify(drawing.shapes));
  const frame = { width: 64, height: 64, shadows: false, image: true, depth: true } as const;
  const seen = world.capture({
    ...{ ...frame, segmentation: true, position: [0.9, -0.6, 0.5], target: [0.5, 0.2, 0.2] },
    fieldOfView: 45,
  });
  assert.ok(new Set(seen.segmentation).size >= 5, "few geoms are seen");
  const view = { ...frame, segmentation: false, view: "view" } as const;
  const before = world.capture(view).image!;
  world.move("cabinet/frame", [0.5, -0.1, 0]);
  assert.deepEqual(world.draggableBodies().at(-1)!.position, [0.5, -0.1, 0]);
  assert.notDeepEqual(world.capture(view).image, before);
});

Deno.test("poses of links are observed, and rules read them", async () => {
  const entity_cfg = { uid: "cabinet/handle" };
  const { env } = DRAWER_GYM;
  const environment = environmentOf({
    ...drawerWith({ init_qpos: { rail: 0.1 } }),
    env: {
      ...{ ...env, events: {}, rewards: {} },
      observations: {
        pose: { func: "get_rigid_object_pose", mode: "add", params: { entity_cfg } },
      },
      success: { high: { func: "object_above", params: { entity_cfg, height: 0.1 } } },
    },
  });
  using world = await environment.create();
  world.configure({});
  const observation = world.reset(createRandom(1, "start", 0));
  const [x, y, z] = fieldOf(environment, observation, "cabinet_handle_pose");
  // 7 cm before the front of a cabinet that stands at y 0.15 and opens by 10 cm towards −y.
  assertNear([x!, y!, z!], [0.5, 0.15 - 0.07 - 0.1, 0.15], 1e-6);
  assert.equal(environment.createOutcomeFunction()(observation, new Float32Array(8)).success, true);
});
