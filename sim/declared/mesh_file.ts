import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { MujocoScene } from "../mujoco.ts";
import { type Quaternion, rotate, type Vector } from "../quaternion.ts";
import { MAX_CORNERS } from "./body_config.ts";

/** Corners are rounded to 1/GRAIN m: far below what any gripper feels, and short to write. */
const GRAIN = 1e6;

/**
 * The corners of the convex hull of a mesh, which is what MuJoCo lets collide, read by MuJoCo's own
 * loader.
 *
 * @param name Of the file; it ends in .obj or .stl (binary)
 * @returns At most MAX_CORNERS points in m, in the frame of the file
 * @throws {InvalidInputError} If MuJoCo cannot read it
 */
export async function readMeshFile(name: string, bytes: Uint8Array): Promise<Vector[]> {
  const file = `mesh${name.slice(name.lastIndexOf(".")).toLowerCase()}`;
  const mesh = `<mesh name="mesh" file="${file}" inertia="convex" maxhullvert="${MAX_CORNERS}"/>`;
  try {
    using scene = await MujocoScene.compile(
      `<mujoco><asset>${mesh}</asset><worldbody><geom type="mesh" mesh="mesh"/></worldbody></mujoco>`,
      { [file]: bytes },
    );
    return cornersOfHull(scene);
  } catch (error) {
    const reason = messageOf(error).replace(/^.*Error: /, "").split("\n")[0];
    throw new InvalidInputError(
      `Cannot read "${name}": expected a closed mesh in OBJ or binary STL, found: ${reason}: ` +
        "export it again",
    );
  }
}

/** @see `readHull()` for where MuJoCo keeps a hull; its corners are turned into the mesh's main axes */
function cornersOfHull(scene: MujocoScene): Vector[] {
  const graph = scene.model("mesh_graph"), vertices = scene.model("mesh_vert");
  const [x, y, z] = scene.model("mesh_pos"), turn = scene.model("mesh_quat");
  const rotation: Quaternion = [turn[0]!, turn[1]!, turn[2]!, turn[3]!];
  const count = graph[0]!;
  return Array.from({ length: count }, (_, corner) => {
    const at = 3 * graph[2 + count + corner]!;
    const [u, v, w] = rotate(rotation, [vertices[at]!, vertices[at + 1]!, vertices[at + 2]!]);
    return [round(x! + u), round(y! + v), round(z! + w)];
  });
}

function round(value: number): number {
  return Math.round(value * GRAIN) / GRAIN;
}
