import type { MainModule, MjsMesh, MjSpec } from "@mujoco/mujoco";
import { loadMujoco, MujocoScene } from "./mujoco.ts";

/** How the files that a URDF names are found, and how finely their hulls are kept. */
export interface UrdfOptions {
  /** Of a hull, at most. */
  readonly maxCorners: number;
  /** @param file As the URDF names it */
  readMesh(file: string): Promise<Uint8Array>;
}

/** Links stay bodies of their own, what is only seen stays, and paths of meshes stay whole. */
const READING = '<mujoco><compiler fusestatic="false" discardvisual="false" strippath="false"/>' +
  "</mujoco>";

/**
 * Compiles a URDF alone, by MuJoCo's own reader.
 *
 * @param urdf One that has an element `<mujoco>` of its own is read as that says
 * @throws {Error} If MuJoCo refuses it; the message is MuJoCo's
 */
export async function compileUrdf(urdf: string, options: UrdfOptions): Promise<MujocoScene> {
  const mujoco = await loadMujoco();
  const text = /<mujoco[\s>/]/.test(urdf) ? urdf : urdf.replace(/<robot[^>]*>/, `$&${READING}`);
  const spec = mujoco.parseXMLString(text);
  const folder = new mujoco.MjVFS();
  try {
    spec.compiler.fusestatic = false;
    for (const [i, mesh] of meshesOf(mujoco, spec).entries()) {
      const bytes = await options.readMesh(mesh.file);
      // MuJoCo tells the format by the ending alone.
      mesh.file = `${i}${mesh.file.slice(mesh.file.lastIndexOf(".")).toLowerCase()}`;
      mesh.maxhullvert = options.maxCorners;
      mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX;
      folder.addBuffer(mesh.file, bytes);
    }
    return new MujocoScene(mujoco, mujoco.mj_compile(spec, folder));
  } finally {
    folder.delete();
    spec.delete();
  }
}

function meshesOf(mujoco: MainModule, spec: MjSpec): readonly MjsMesh[] {
  const meshes: MjsMesh[] = [];
  let element = mujoco.mjs_firstElement(spec, mujoco.mjtObj.mjOBJ_MESH);
  while (element !== undefined) {
    const mesh = mujoco.mjs_asMesh(element);
    if (mesh !== undefined) meshes.push(mesh);
    element = mujoco.mjs_nextElement(spec, element) ?? undefined;
  }
  return meshes;
}
