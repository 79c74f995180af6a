import { InvalidInputError } from "../../core/errors.ts";
import { type Finding, valueAt } from "../../core/findings.ts";
import { type ConfigValue, MESH_ENDINGS, readMeshFile } from "../../sim/mod.ts";
import { type AssetLog, readAsset } from "./asset_file.ts";

/** Sections of a gym config whose entries may be meshes. */
const SECTIONS = ["background", "rigid_object"];

/** Corners that stand for a mesh that cannot be read, so that the rest of a config is checked. */
const TETRAHEDRON = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];

/**
 * Replaces the mesh files of a gym config by the meshes' vertices, so that a dataset contains its
 * whole scene. Anything that is not a mesh with a file is left for the checks of the config.
 *
 * @param log Takes what is wrong with the files
 */
export async function readMeshes(config: ConfigValue, log: AssetLog): Promise<ConfigValue> {
  const value = structuredClone(config.value);
  for (const section of SECTIONS) {
    const entries = valueAt(value, [section]);
    for (const index of Array.isArray(entries) ? entries.keys() : []) {
      const path = [section, index, "shape"], shape = valueAt(value, path);
      if (!isMesh(shape)) continue;
      const { fpath, ...rest } = shape;
      const vertices = await readMesh(fpath, {
        config: log.config,
        path: [...path, "fpath"],
        log,
      });
      (entries as { shape: unknown }[])[index]!.shape = { ...rest, vertices }; // valueAt() found it
    }
  }
  return { ...config, value };
}

function isMesh(shape: unknown): shape is { readonly fpath: string } {
  return valueAt(shape, ["shape_type"]) === "Mesh" && typeof valueAt(shape, ["fpath"]) === "string";
}

async function readMesh(
  fpath: string,
  options: { readonly config: string; readonly path: Finding["path"]; readonly log: AssetLog },
): Promise<readonly (readonly number[])[]> {
  const bytes = await readAsset(fpath, { ...options, what: "mesh", endings: MESH_ENDINGS });
  if (bytes === null) return TETRAHEDRON;
  try {
    return await readMeshFile(fpath, bytes);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { path, log } = options;
    log.findings.push({
      check: "mesh",
      path,
      problem: error.message,
      remedy: "it contains no solid",
    });
    return TETRAHEDRON;
  }
}
