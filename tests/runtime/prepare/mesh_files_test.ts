import assert from "node:assert/strict";
import { join } from "node:path";
import { readEnvironmentPair } from "../../../runtime/prepare/environment_files.ts";
import { CUBE_OBJ } from "../../sim/declared/_cube.ts";
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
    await Deno.writeTextFile(join(folder, "flat.stl"), "nothing");
    for (
      const [fpath, reason] of [
        ["../rock.obj", /is not below the folder of the config: put the mesh beside it/],
        ["rock.ply", /is neither \.obj nor \.stl: convert the mesh/],
        ["rock.obj", /expected a mesh at ".*rock\.obj", found no such file: correct the path/],
        ["flat.stl", /expected a closed mesh in OBJ or binary STL, found: /],
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
