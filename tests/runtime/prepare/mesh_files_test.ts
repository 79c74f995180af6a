import assert from "node:assert/strict";
import { join } from "node:path";
import { readEnvironmentPair } from "../../../runtime/prepare/environment_files.ts";
import { CUBE_OBJ } from "../../sim/declared/_cube.ts";
import { CABINET_URDF } from "../../sim/declared/_drawer.ts";
import { withDirectory } from "../../store/_episodes.ts";

/** A config with one mesh; its line 5 names the file. */
function configOf(fpath: string): string {
  return `id: Seen
robot: { robot_type: SingleArm }
background:
  - uid: rock
    shape: { shape_type: Mesh, fpath: ${fpath} }
`;
}

Deno.test("readEnvironmentPair() reads meshes beside the config, and their corners stand for them", () =>
  withDirectory(async (folder) => {
    await Deno.mkdir(join(folder, "meshes"));
    await Deno.writeTextFile(join(folder, "meshes/rock.obj"), CUBE_OBJ);
    const file = join(folder, "gym.yaml");
    await Deno.writeTextFile(file, configOf("meshes/rock.obj"));
    const { config, options } = await readEnvironmentPair(file, null);
    const [{ shape } = { shape: null }] = config.background;
    assert.ok(shape?.shape_type === "Mesh");
    assert.equal(shape.vertices.length, 8);
    assert.ok(!String(options["gym"]).includes("rock.obj"));
  }));

Deno.test("readEnvironmentPair() names the line of a mesh that it cannot read", () =>
  withDirectory(async (folder) => {
    const file = join(folder, "gym.yaml");
    for (const name of ["flat.stl", "empty.ply"]) {
      await Deno.writeTextFile(join(folder, name), "nothing");
    }
    for (
      const [fpath, reason] of [
        ["../rock.obj", /is outside the config's folder: move the mesh into that folder/],
        ["/rock.obj", /is outside the config's folder/],
        ["rock.glb", /is neither \.obj, \.stl nor \.ply: convert the mesh/],
        ["empty.ply", /refuses \(no header of a PLY file\): export it again/],
        ["rock.obj", /expected a mesh at ".*rock\.obj", found no such file: check the path/],
        [
          "flat.stl",
          /expected a closed mesh in OBJ, PLY or binary STL, found one that MuJoCo refuses/,
        ],
      ] as const
    ) {
      await Deno.writeTextFile(file, configOf(fpath));
      await assert.rejects(readEnvironmentPair(file, null), (error: Error) => {
        assert.equal(error.name, "InvalidInputError");
        assert.match(error.message, reason);
        assert.ok(error.message.includes(`${file}:5:`), error.message);
        return true;
      });
    }
  }));

Deno.test("readEnvironmentPair() finds meshes by URLs, percent signs and backslashes", () =>
  withDirectory(async (folder) => {
    await Deno.mkdir(join(folder, "my meshes"));
    await Deno.writeTextFile(join(folder, "my meshes/rock.obj"), CUBE_OBJ);
    await Deno.writeTextFile(join(folder, "50%.obj"), CUBE_OBJ);
    const file = join(folder, "gym.yaml"), options: unknown[] = [];
    for (
      const fpath of [
        ...["my meshes/rock.obj", "my%20meshes/rock.obj", "'my meshes\\rock.obj'", "50%.obj"],
        ...["file:my%20meshes/rock.obj", `file://${folder}/my%20meshes/rock.obj`],
        `${folder}/my meshes/rock.obj`,
      ]
    ) {
      await Deno.writeTextFile(file, configOf(fpath));
      options.push((await readEnvironmentPair(file, null)).options);
    }
    for (const each of options) assert.deepEqual(each, options[0]);
    await Deno.writeTextFile(file, configOf("my%20meshes/%2e%2e/%2e%2e/rock.obj"));
    await assert.rejects(readEnvironmentPair(file, null), /expected a mesh at|is not below/);
  }));

Deno.test("readEnvironmentPair() tells of every fault of a config at once", () =>
  withDirectory(async (folder) => {
    const file = join(folder, "gym.yaml");
    await Deno.writeTextFile(
      file,
      `id: Seen
robot: { robot_type: SingleArm, init_qpos: { left_arm: [0, 0, 0, 0, 0, 0, 0] } }
max_episode_steps: -4
colour: red
background:
  - uid: rock
    shape: { shape_type: Mesh, fpath: rock.obj }
  - uid: rock
    shape: { shape_type: Mesh, fpath: rock.glb }
articulation:
  - { uid: cabinet, fpath: cabinet.urdf }
`,
    );
    await Deno.writeTextFile(join(folder, "cabinet.urdf"), CABINET_URDF);
    await assert.rejects(readEnvironmentPair(file, null), (error: Error) => {
      const places = [...error.message.matchAll(/yaml:(\d+):\d+"?: .*\[(.*)\]$/gm)];
      assert.deepEqual(places.map(([, line, check]) => `${line} ${check}`).toSorted(), [
        ...["2 unknown-part", "3 out-of-range", "4 unknown-key", "7 mesh", "8 duplicate-uid"],
        "9 mesh",
      ], error.message);
      return true;
    });
  }));
