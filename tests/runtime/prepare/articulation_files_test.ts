import assert from "node:assert/strict";
import { join } from "node:path";
import { readEnvironmentPair } from "../../../runtime/prepare/environment_files.ts";
import { CUBE_OBJ } from "../../sim/declared/_cube.ts";
import { CABINET_URDF } from "../../sim/declared/_drawer.ts";
import { withDirectory } from "../../store/_episodes.ts";

/** A config with one articulation; its line 5 names the file, line 6 is another key. */
function configOf(fpath: string, rest = "fix_base: true"): string {
  return `id: Opened
robot: { robot_type: SingleArm }
articulation:
  - uid: cabinet
    fpath: ${fpath}
    ${rest}
`;
}

/** The cabinet with a mesh for a handle. */
function meshedUrdf(file: string): string {
  return CABINET_URDF.replace(
    '<cylinder radius="0.008" length="0.08"/>',
    `<mesh filename="${file}" scale="0.016 0.016 0.08"/>`,
  );
}

Deno.test("readEnvironmentPair() reads a URDF and its meshes, and equal contents are equal options", () =>
  withDirectory(async (folder) => {
    const options: unknown[] = [];
    for (const path of ["a/urdf", "a/meshes", "b/urdf"]) {
      await Deno.mkdir(join(folder, path), { recursive: true });
    }
    for (
      const [place, mesh] of [
        ["a/urdf", "../meshes/bar.obj"],
        ["b/urdf", "package://x/bar.obj"],
      ]
    ) {
      const urdf = join(folder, place!, "cabinet.urdf");
      await Deno.writeTextFile(urdf, meshedUrdf(mesh!));
      await Deno.writeTextFile(join(folder, "a/meshes/bar.obj"), CUBE_OBJ);
      await Deno.writeTextFile(join(folder, "b/bar.obj"), CUBE_OBJ);
      const file = join(folder, `${place![0]}.yaml`);
      await Deno.writeTextFile(file, configOf(`${place}/cabinet.urdf`));
      const source = await readEnvironmentPair(file, null);
      options.push(source.options);
      const [{ links } = { links: [] }] = source.config.articulation;
      assert.deepEqual(links.map(({ name }) => name), ["frame", "drawer", "handle", "door"]);
      assert.equal(links[2]!.shapes[0]!.shape.shape_type, "Mesh");
    }
    assert.deepEqual(options[1], options[0]);
    assert.ok(!JSON.stringify(options).includes(".obj"));
  }));

Deno.test("readEnvironmentPair() names the line of an articulation that it cannot read", () =>
  withDirectory(async (folder) => {
    const file = join(folder, "gym.yaml");
    await Deno.writeTextFile(join(folder, "cabinet.urdf"), CABINET_URDF);
    await Deno.writeTextFile(join(folder, "meshed.urdf"), meshedUrdf("bar.obj"));
    await Deno.writeTextFile(join(folder, "painted.urdf"), meshedUrdf("bar.dae"));
    await Deno.writeTextFile(join(folder, "flat.urdf"), "nothing");
    for (
      const [config, line, reason] of [
        [configOf("../cabinet.urdf"), 5, /is outside the config's folder: move the URDF/],
        [configOf("cabinet.xml"), 5, /is not \.urdf: convert the URDF/],
        [configOf("chest.urdf"), 5, /expected a URDF at ".*chest\.urdf", found no such file/],
        [configOf("flat.urdf"), 5, /found no element <robot>: name a URDF/],
        [configOf("meshed.urdf"), 5, /expected a mesh at ".*bar\.obj", found no such file/],
        [configOf("painted.urdf"), 5, /"bar\.dae" is neither \.obj, \.stl nor \.ply/],
        [configOf("cabinet.urdf", "init_qpos: [0.3, 0]"), 6, /expected 0 to 0\.18 of joint "rail"/],
        [configOf("cabinet.urdf", "init_qpos: [0]"), 6, /expected 2 numbers \(rail, hinge\)/],
        [configOf("cabinet.urdf", "affordances: { knob: {} }"), 6, /there is no link "knob"/],
        [configOf("cabinet.urdf", "links: []"), 5, /there is no parameter "fpath"/],
      ] as const
    ) {
      await Deno.writeTextFile(file, config);
      await assert.rejects(readEnvironmentPair(file, null), (error: Error) => {
        assert.equal(error.name, "InvalidInputError");
        assert.match(error.message, reason);
        assert.ok(error.message.includes(`${file}:${line}:`), error.message);
        return true;
      });
    }
  }));

Deno.test("readEnvironmentPair() needs no mesh that is only seen, and notes what it left out", () =>
  withDirectory(async (folder) => {
    await Deno.mkdir(join(folder, "meshes"));
    await Deno.writeTextFile(join(folder, "meshes/my box.obj"), CUBE_OBJ);
    const file = join(folder, "gym.yaml"), handle = '<cylinder radius="0.008" length="0.08"/>';
    await Deno.writeTextFile(file, configOf("cabinet.urdf"));
    const readWith = async (mesh: string) => {
      const seen = CABINET_URDF.replace(`<visual><geometry>${handle}`, `<visual><geometry>${mesh}`);
      await Deno.writeTextFile(join(folder, "cabinet.urdf"), seen);
      const notes: string[] = [];
      const { options } = await readEnvironmentPair(file, null, {
        onNote: (note) => void notes.push(note),
      });
      return { options, notes };
    };
    const plain = await readWith(handle);
    assert.deepEqual(plain.notes, []);
    for (
      const [name, reason] of [
        ["meshes/my%20box.obj", null],
        ["package://cabinet/meshes/my%20box.obj", null],
        ["meshes\\my box.obj", null],
        [`file://${folder}/meshes/my%20box.obj`, null],
        [
          "meshes/box.dae",
          /"meshes\/box\.dae" is neither \.obj, \.stl nor \.ply; it is visual only/,
        ],
        ["meshes/box.glb", /"meshes\/box\.glb" is neither/],
        [
          "meshes/none.obj",
          /expected a mesh at ".*none\.obj", found no such file; it is visual only/,
        ],
        ["file:///opt/none.obj", /is outside the config's folder; it is visual only/],
      ] as const
    ) {
      const { options, notes } = await readWith(`<mesh filename="${name}"/>`);
      assert.deepEqual(options, plain.options, name);
      assert.equal(notes.length, reason === null ? 0 : 1, notes.join("\n"));
      if (reason !== null) assert.match(notes[0]!, reason);
      for (const note of notes) assert.ok(note.startsWith(`note: ${file}: cabinet.urdf: `), note);
    }
  }));
