import assert from "node:assert/strict";
import { readArticulationFile } from "../../../sim/declared/config/articulation_file.ts";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { declaredScene } from "../../../sim/declared/scene/scene.ts";
import { MujocoScene } from "../../../sim/mujoco/mujoco.ts";
import { compileUrdf } from "../../../sim/mujoco/urdf.ts";
import { CUBE_OBJ } from "./_cube.ts";
import { CABINET_URDF, DRAWER, DRAWER_GYM } from "./_drawer.ts";

import { assertNear, bodyOf, drawerWith, faults, jointOf, noMesh } from "./_articulations.ts";

const CUBE = { ending: "obj", bytes: new TextEncoder().encode(CUBE_OBJ) };

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
        /init_qpos: expected 2 numbers \(rail, hinge\), found 1: write a number for each joint/,
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

Deno.test("the example is data: equal contents are equal options, and name no file", () => {
  const text = String(DRAWER.options["gym"]);
  assert.ok(!text.includes("urdf"));
  assert.ok(text.length < 16_384, `${text.length} characters`);
});

Deno.test("readArticulationFile() refuses elements of more attributes than MuJoCo reads in time", async () => {
  const attributes = (count: number, value = "1") =>
    Array.from({ length: count }, (_, i) => ` a${i}="${value}"`).join("");
  for (const value of ["1", "<"]) {
    const urdf = CABINET_URDF.replace("<robot", `<robot${attributes(50_000, value)}`);
    await assert.rejects(readArticulationFile("a.urdf", urdf, { readMesh: noMesh }), {
      name: "InvalidInputError",
      message: /found (an element of )?5\d{4} attributes: /,
    });
  }
});
