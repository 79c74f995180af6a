import type { MainModule, MjsElement, MjsMesh, MjSpec, mjtObj } from "@mujoco/mujoco";
import type { MeshAsset } from "./mesh_asset.ts";
import { loadMujoco, MujocoScene } from "./mujoco.ts";

/** Options for finding the files that a URDF names, and for the detail of their hulls. */
export interface UrdfOptions {
  /** Largest number of corners of a hull. */
  readonly maxCorners: number;
  /** @param file As the URDF names it */
  readMesh(file: string): Promise<MeshAsset>;
  /** Called for meshes without effect, because they are only visual and their link has others. */
  onUnusedMesh?(file: string): void;
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
  const { text, files } = numberMeshes(urdf);
  const spec = mujoco.parseXMLString(
    /<mujoco[\s>/]/.test(text) ? text : text.replace(/<robot[^>]*>/, `$&${READING}`),
  );
  const folder = new mujoco.MjVFS();
  try {
    spec.compiler.fusestatic = false;
    const fileOf = (mesh: Pick<MjsMesh, "file">) => files[Number.parseInt(mesh.file)] ?? mesh.file;
    for (const mesh of dropUnusedMeshes(mujoco, spec)) options.onUnusedMesh?.(fileOf(mesh));
    for (const [i, mesh] of meshesOf(mujoco, spec).entries()) {
      const { ending, bytes } = await options.readMesh(fileOf(mesh));
      mesh.file = `${i}.${ending}`;
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

/**
 * A URDF in which numbers stand for the files of meshes: MuJoCo takes `visual/a.dae` and
 * `collision/a.stl` for one mesh, because it names meshes by the file without folder and ending.
 */
function numberMeshes(urdf: string): { readonly text: string; readonly files: readonly string[] } {
  const files: string[] = [];
  const text = urdf.replace(
    /(<mesh\s[^>]*?\bfilename\s*=\s*)(?:"([^"]*)"|'([^']*)')/g,
    (_, start: string, double: string | undefined, single: string | undefined) => {
      const file = unescapeXml(double ?? single ?? "");
      if (!files.includes(file)) files.push(file);
      return `${start}"${files.indexOf(file)}.obj"`;
    },
  );
  return { text, files };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

function unescapeXml(text: string): string {
  return text.replace(/&(amp|apos|gt|lt|quot);/g, (_, name: string) => ENTITIES[name]!); // as matched
}

/**
 * Takes out the meshes that are only seen, of links with shapes that collide: nothing of such a
 * shape but its colour is kept.
 *
 * @returns The meshes, as they were named
 */
function dropUnusedMeshes(mujoco: MainModule, spec: MjSpec): readonly Pick<MjsMesh, "file">[] {
  const geoms = elementsOf(mujoco, spec, mujoco.mjtObj.mjOBJ_GEOM).flatMap((element) => {
    const geom = mujoco.mjs_asGeom(element), body = mujoco.mjs_getParent(element);
    return geom === undefined || body === undefined
      ? []
      : [{ geom, link: mujoco.mjs_getName(body.element), collides: geom.contype !== 0 }];
  });
  const solid = new Set(geoms.filter(({ collides }) => collides).map(({ link }) => link));
  for (const { geom, link, collides } of geoms) {
    if (collides || geom.meshname === "" || !solid.has(link)) continue;
    geom.meshname = "";
    geom.type = mujoco.mjtGeom.mjGEOM_SPHERE;
    geom.size[0] = 1; // of a sphere that stands for its colour
  }
  const used = new Set(geoms.map(({ geom }) => geom.meshname));
  return meshesOf(mujoco, spec).flatMap((mesh) => {
    if (used.has(mujoco.mjs_getName(mesh.element))) return [];
    const { file } = mesh;
    mujoco.mjs_delete(spec, mesh.element);
    return [{ file }];
  });
}

function meshesOf(mujoco: MainModule, spec: MjSpec): readonly MjsMesh[] {
  return elementsOf(mujoco, spec, mujoco.mjtObj.mjOBJ_MESH)
    .flatMap((element) => mujoco.mjs_asMesh(element) ?? []);
}

function elementsOf(mujoco: MainModule, spec: MjSpec, kind: mjtObj): readonly MjsElement[] {
  const elements: MjsElement[] = [];
  let element = mujoco.mjs_firstElement(spec, kind);
  while (element !== undefined) {
    elements.push(element);
    element = mujoco.mjs_nextElement(spec, element) ?? undefined;
  }
  return elements;
}
