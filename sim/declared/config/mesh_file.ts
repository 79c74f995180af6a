import { InvalidInputError, messageOf } from "../../../core/errors.ts";
import { meshAsset } from "../../mujoco/mesh_asset.ts";
import { MujocoScene } from "../../mujoco/mujoco.ts";
import { type Pose, transform, type Vector } from "../../world/quaternion.ts";
import { MAX_CORNERS } from "./body_config.ts";

/** Corners are rounded to 1/GRAIN m: far below what any gripper feels, and short to write. */
const GRAIN = 1e6;

/**
 * The corners of the convex hull of a mesh, which is what MuJoCo lets collide, read by MuJoCo's own
 * loader.
 *
 * @param name Of the file; it ends in .obj, .ply or .stl (binary)
 * @returns At most MAX_CORNERS points in m, in the frame of the file
 * @throws {InvalidInputError} If MuJoCo cannot read it
 */
export async function readMeshFile(name: string, bytes: Uint8Array): Promise<Vector[]> {
  try {
    const asset = meshAsset(name, bytes), file = `mesh.${asset.ending}`;
    const mesh = `<mesh name="mesh" file="${file}" inertia="convex" maxhullvert="${MAX_CORNERS}"/>`;
    using scene = await MujocoScene.compile(
      `<mujoco><asset>${mesh}</asset><worldbody><geom type="mesh" mesh="mesh"/></worldbody></mujoco>`,
      { [file]: asset.bytes },
    );
    const [x, y, z] = scene.model("mesh_pos"), [w, i, j, k] = scene.model("mesh_quat");
    // Its corners are turned into the mesh's main axes.
    const pose: Pose = { position: [x!, y!, z!], rotation: [w!, i!, j!, k!] };
    return cornersOfHull(scene, 0, (corner) => transform(pose, corner));
  } catch (error) {
    const reason = messageOf(error).replace(/^.*Error: /, "").split("\n")[0];
    throw new InvalidInputError({
      action: "read",
      place: name,
      expected: "a closed mesh in OBJ, PLY or binary STL",
      found: `one that MuJoCo refuses (${reason})`,
      remedy: "export it again",
    });
  }
}

/**
 * Corners of the hull of a compiled mesh, after a placement.
 *
 * @param place From the frame of the compiled mesh
 * @see `readHull()` for where MuJoCo keeps a hull
 */
export function cornersOfHull(
  scene: MujocoScene,
  mesh: number,
  place: (corner: Vector) => Vector,
): [...Vector][] {
  const graph = scene.model("mesh_graph").subarray(scene.model("mesh_graphadr")[mesh]!);
  const vertices = scene.model("mesh_vert").subarray(3 * scene.model("mesh_vertadr")[mesh]!);
  const count = graph[0]!;
  return Array.from({ length: count }, (_, corner) => {
    const at = 3 * graph[2 + count + corner]!;
    const [x, y, z] = place([vertices[at]!, vertices[at + 1]!, vertices[at + 2]!]);
    return [round(x), round(y), round(z)];
  });
}

function round(value: number): number {
  return Math.round(value * GRAIN) / GRAIN;
}
