import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { readArticulationFile } from "../../../sim/declared/articulation_file.ts";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { declaredScene } from "../../../sim/declared/scene.ts";
import { getEnvironment } from "../../../sim/mod.ts";
import { MujocoScene } from "../../../sim/mujoco/mujoco.ts";
import { compileUrdf } from "../../../sim/mujoco/urdf.ts";
import { CUBE_OBJ } from "./_cube.ts";
import { fieldOf } from "./_fields.ts";
import { CABINET_URDF, DRAWER, DRAWER_GYM } from "./_drawer.ts";

const CUBE = { ending: "obj", bytes: new TextEncoder().encode(CUBE_OBJ) };
const noMesh = () => Promise.reject(new Error("no mesh is named"));

/** The example with other keys of its articulation, and of itself. */
function drawerWith(articulation: object, gym: object = {}) {
  return {
    ...DRAWER_GYM,
    ...gym,
    articulation: [{ ...DRAWER_GYM.articulation[0], ...articulation }],
  };
}

function environmentOf(gym: unknown) {
  return getEnvironment("declared", { gym: JSON.stringify(gym), actions: "" });
}

/** Findings as `<path>: <problem>: <remedy>`. */
function faults(gym: unknown): string {
  return checkGymConfig(gym).findings
    .map(({ path, problem, remedy }) => `${path.join(".")}: ${problem}: ${remedy}`).join("\n");
}

/** What a body, or the one joint of a body, is: rows of arrays of a model. */
function bodyOf(scene: MujocoScene, name: string) {
  const body = scene.id("body", name);
  const rows = { body_mass: 1, body_inertia: 3, body_ipos: 3, body_iquat: 4 } as const;
  return Object.entries(rows).map(([array, size]) =>
    Array.from(
      scene.model(array as keyof typeof rows).subarray(size * body, size * body + size), // its keys
    )
  );
}

function jointOf(scene: MujocoScene, name: string) {
  const joint = scene.id("joint", name), dof = scene.model("jnt_dofadr")[joint]!;
  return {
    type: scene.model("jnt_type")[joint],
    axis: Array.from(scene.model("jnt_axis").subarray(3 * joint, 3 * joint + 3)),
    range: Array.from(scene.model("jnt_range").subarray(2 * joint, 2 * joint + 2)),
    damping: scene.model("dof_damping")[dof],
    friction: scene.model("dof_frictionloss")[dof],
  };
}

function assertNear(found: readonly number[], expected: readonly number[], tolerance: number) {
  assert.equal(found.length, expected.length);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `${found}, expected ${expected}`)
  );
}

Deno.test("declaredScene() has the masses, inertias and joints of the URDF compiled alone", async () => {
  using alone = await compileUrdf(CABINET_URDF, { maxCorners: 8, readMesh: noMesh });
  const { config } = checkGymConfig(drawerWith({ drive_props: undefined }));
  using scene = await MujocoScene.compile(declaredScene(config!, 0.002));
  for (const link of ["frame", "drawer", "handle", "door"]) {
    bodyOf(scene, `cabinet/${link}`).forEach((found, i) =>
      assertNear(found, bodyOf(alone, link)[i]!, 1e-12)
    );
  }
  for (const joint of ["rail", "hinge"]) {
    assert.deepEqual(jointOf(scene, `cabinet/${joint}`), jointOf(alone, joint));
  }
  assert.deepEqual(jointOf(alone, "rail").range, [0, 0.18]);
});

Deno.test("readArticulationFile() reads meshes as hulls where the URDF has them, and colours", async () => {
  const mesh =
    '<geometry><mesh filename="package://a/meshes/cube.OBJ" scale="0.1 0.1 0.2"/></geometry>';
  const urdf = CABINET_URDF.replace(
    '<collision><geometry><cylinder radius="0.008" length="0.08"/></geometry></collision>',
    `<collision><origin xyz="0 0 0.3" rpy="0 1.5707963267948966 0"/>${mesh}</collision>`,
  );
  const asked: string[] = [];
  const readMesh = (file: string) => {
    asked.push(file);
    return Promise.resolve(CUBE);
  };
  const { links } = await readArticulationFile("a.urdf", urdf, { readMesh });
  assert.deepEqual(asked, ["package://a/meshes/cube.OBJ"]);
  const shapes = links.find(({ name }) => name === "handle")!.shapes;
  const { shape } = shapes.find(({ shape }) => shape.shape_type === "Mesh")!;
  assert.ok(shape.shape_type === "Mesh");
  // Long along z in the file, along x in the link.
  const sides = [0, 1, 2].map((axis) => {
    const along = shape.vertices.map((vertex) => vertex[axis]!);
    return [Math.min(...along), Math.max(...along)];
  });
  assertNear(sides.flat(), [-0.1, 0.1, -0.05, 0.05, 0.25, 0.35], 2e-6);
  assert.deepEqual(links[1]!.shapes[0]!.color, [0.9, 0.9, 0.88]);
  const { config, findings } = checkGymConfig(drawerWith({ links }));
  assert.deepEqual(findings, []);
  using scene = await MujocoScene.compile(declaredScene(config!, 0.002));
  assert.ok(scene.id("geom", "cabinet/handle/0") > 0);
});

Deno.test("readArticulationFile() says what a file is that is no articulation", async () => {
  const link = (name: string) =>
    `<link name="${name}"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ` +
    `ixz="0" iyz="0"/></inertial></link>`;
  const joint = (type: string, rest = "") =>
    `<joint name="${type}" type="${type}"><parent link="a"/><child link="b"/>${rest}</joint>`;
  const robot = (...parts: string[]) => `<robot name="x">${parts.join("")}</robot>`;
  for (
    const [text, reason] of [
      ["nothing", /found no element <robot>: name a URDF$/],
      ["<mujoco/>", /found no element <robot>/],
      ["<robot name='x'><link></robot>", /XML parse error/],
      [robot(link("a")), /found no joint that moves: declare it as rigid objects$/],
      [robot(link("a"), link("b"), joint("planar")), /found a joint of "b" with several axes/],
      [robot(link("a"), link("b"), joint("floating")), /free joint/],
      [robot('<link name="a"/><link name="b"/>', joint("continuous")), /mass and inertia/],
    ] as const
  ) {
    await assert.rejects(
      readArticulationFile("x.urdf", text, { readMesh: noMesh }),
      (error: Error) => {
        assert.equal(error.name, "InvalidInputError");
        assert.match(error.message, /^Cannot read "x\.urdf": expected a URDF of links/);
        assert.match(error.message, reason);
        return true;
      },
    );
  }
  const { links: [root, other] } = await readArticulationFile(
    "x.urdf",
    robot(link("world"), link("b"), joint("continuous").replace('"a"', '"world"')),
    { readMesh: noMesh },
  );
  assert.deepEqual([root!.name, other!.parent, other!.joint?.range], ["world", "world", undefined]);
});

Deno.test("readArticulationFile() refuses exchanged limits and notes absent ones, by joint", async () => {
  const read = (change: (urdf: string) => string) =>
    readArticulationFile("c.urdf", change(CABINET_URDF), { readMesh: noMesh });
  assert.deepEqual((await read((urdf) => urdf)).notes, []);
  await assert.rejects(
    read((urdf) =>
      urdf.replace(/lower="0" upper="0\.18"/, 'lower="0.18" upper="-0.1"')
        .replace('<link name="door"', '<link name="front/door"')
        .replaceAll('link="door"', 'link="front/door"')
    ),
    {
      message:
        'Cannot read "c.urdf": expected a URDF of links with hinges and slides, found joint ' +
        '"rail" with lower limit 0.18 above upper limit -0.1: exchange them; a link named ' +
        '"front/door": rename it by letters, digits, _, . and -, at most 63',
    },
  );
  const { links, notes } = await read((urdf) =>
    urdf.replace(/<limit lower="0" upper="0\.18"[^>]*>/, "<!-- <limit lower='0' upper='1'/> -->")
      .replace(/lower="0" upper="1\.9"/, "upper='0'")
  );
  assert.deepEqual(notes, [
    'joint "rail" has no limits: it moves without end',
    'joint "hinge" has limits 0 and 0: it moves without end',
  ]);
  assert.deepEqual(links.map(({ joint }) => joint?.range), Array(4).fill(undefined));
});

Deno.test("compileUrdf() keeps meshes apart that are named alike, and drops those that change nothing", async () => {
  const geometry = (file: string) => `<geometry><mesh filename="${file}"/></geometry>`;
  const handle = '<geometry><cylinder radius="0.008" length="0.08"/></geometry>';
  const urdf = CABINET_URDF.replace(`<collision>${handle}`, `<collision>${geometry("c/bar.obj")}`);
  const plain = await readArticulationFile("a.urdf", urdf, {
    readMesh: () => Promise.resolve(CUBE),
  });
  for (const file of ["v/bar.dae", "v/bar.glb", "file:///v/a%20b&amp;c.obj", "c/bar.obj"]) {
    const asked: string[] = [], unused: string[] = [];
    const { links } = await readArticulationFile(
      "a.urdf",
      urdf.replace(`<visual>${handle}`, `<visual>${geometry(file)}`),
      {
        readMesh: (name) => (asked.push(name), Promise.resolve(CUBE)),
        onUnusedMesh: (name) => void unused.push(name),
      },
    );
    assert.deepEqual(asked, ["c/bar.obj"], file);
    assert.deepEqual(unused, file === "c/bar.obj" ? [] : [file.replace("&amp;", "&")]);
    assert.deepEqual(links, plain.links, file);
  }
});

Deno.test("checkGymConfig() says what is wrong with an articulation, and where", () => {
  assert.equal(faults(drawerWith({})), "");
  for (
    const [change, expected] of [
      [{ uid: "table" }, /^articulation\.0\.uid: two are named "table": rename one of them$/m],
      [
        { init_qpos: [0.1] },
        /init_qpos: expected 2 numbers \(rail, hinge\), found 1: correct it/,
      ],
      [{ init_qpos: [0.1, 2] }, /init_qpos\.1: expected 0 to 1\.9 of joint "hinge", found 2/],
      [{ init_qpos: { rail: -0.1 } }, /init_qpos\.rail: expected 0 to 0\.18 of joint "rail"/],
      [
        { init_qpos: { rial: 0.1 } },
        /init_qpos\.rial: there is no joint "rial": did you mean "rail"/,
      ],
      [{ drive_pros: {} }, /expected drive_props or drive_pros, found both/],
      [{ drive_props: { damping: { hing: 1 } } }, /damping\.hing: there is no joint "hing"/],
      [{ affordances: { handel: {} } }, /affordances\.handel: there is no link "handel"/],
      [{ body_scale: [1, 1, 2] }, /body_scale: expected one factor three times/],
      [{ attrs: { mass: 3 } }, /attrs\.mass: expected nothing: the links have masses/],
      [{ links: [{ name: "a" }] }, /links: no link has a joint: declare it as rigid objects/],
      [
        { links: [{ name: "a" }, { name: "b" }] },
        /links\.1\.parent: there is no link "" before "b"/,
      ],
    ] as const
  ) assert.match(faults(drawerWith(change)), expected);
  const success = (params: object) =>
    faults({
      ...DRAWER_GYM,
      env: { ...DRAWER_GYM.env, success: { open: { func: "articulation_joint_reached", params } } },
    });
  const entity_cfg = { uid: "cabinet" };
  assert.match(
    success({ entity_cfg, joint: "rails", at_least: 1 }),
    /no joint "rails": did you mean/,
  );
  assert.match(success({ entity_cfg, joint: "rail" }), /expected at_least or at_most/);
  assert.match(
    success({ entity_cfg: { uid: "table" }, joint: "rail", at_least: 1 }),
    /"table" is fixed, expected articulation/,
  );
  const sensor = { sensor_type: "ContactSensor", uid: "felt" };
  const felt = [{ articulation_uid: "cabinet", link_name_list: ["handel"] }];
  assert.match(
    faults({ ...DRAWER_GYM, sensor: [{ ...sensor, articulation_cfg_list: felt }] }),
    /link_name_list\.0: there is no body "handel": did you mean "handle"/,
  );
});

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
  world.step(world.hold!());
  const speed = field("cabinet_qvel");
  for (let step = 1; step < 10; step++) world.step(world.hold!());
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
    world.configure({});
    world.reset(createRandom(1, "start", 0));
    assert.equal(world.snapshot().length, environment.stateSize);
    for (let step = 0; step < 6; step++) world.step(world.hold!());
    const root = world.movables!().find(({ name }) => name === "cabinet/post");
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
  world.configure({});
  const observation = world.reset(createRandom(1, "start", 0));
  assert.deepEqual(fieldOf(environment, observation, "felt"), [0]);
  const [, , up] = fieldOf(environment, observation, "imu");
  assertNear([up!], [9.81], 1e-4);
  const drawing = world.drawing!();
  assert.ok(drawing.dimensions === 3);
  // Oak is the frame's, white the drawer's and the door's.
  const coloured = (red: number) =>
    drawing.shapes.filter(({ colour }) => Math.abs(colour[0]! - red) < 1e-6).length;
  assert.ok(coloured(0.62) >= 5 && coloured(0.9) >= 3, JSON.stringify(drawing.shapes));
  const frame = { width: 64, height: 64, shadows: false, image: true, depth: true } as const;
  const seen = world.capture!({
    ...{ ...frame, segmentation: true, position: [0.9, -0.6, 0.5], target: [0.5, 0.2, 0.2] },
    fieldOfView: 45,
  });
  assert.ok(new Set(seen.segmentation).size >= 5, "few geoms are seen");
  const view = { ...frame, segmentation: false, view: "view" } as const;
  const before = world.capture!(view).image!;
  world.move!("cabinet/frame", [0.5, -0.1, 0]);
  assert.deepEqual(world.movables!().at(-1)!.position, [0.5, -0.1, 0]);
  assert.notDeepEqual(world.capture!(view).image, before);
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
  assert.equal(environment.createJudge()(observation, new Float32Array(8)).success, true);
});

Deno.test("the example is data: equal contents are equal options, and name no file", () => {
  const text = String(DRAWER.options["gym"]);
  assert.ok(!text.includes("urdf"));
  assert.ok(text.length < 16_384, `${text.length} characters`);
});
