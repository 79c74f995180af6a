import { InvalidInputError } from "../../core/errors.ts";
import { type Finding, valueAt } from "../../core/findings.ts";
import { type ConfigValue, readMeshFile } from "../../sim/mod.ts";
import { readAsset, refusal } from "./asset_file.ts";

/** Sections of a gym config whose entries may be meshes. */
const SECTIONS = ["background", "rigid_object"];

/**
 * A gym config in which the corners of meshes stand for their files, so that a dataset holds all of
 * its scene. What is no mesh with a file is left as it is: the checks of the config tell of it.
 *
 * @param config Its name is the path of its file, in whose folder the meshes lie
 * @throws {InvalidInputError} If a file cannot be read; the message has its place in the config
 */
export async function readMeshes(config: ConfigValue): Promise<ConfigValue> {
  const value = structuredClone(config.value);
  for (const section of SECTIONS) {
    const entries = valueAt(value, [section]);
    for (const index of Array.isArray(entries) ? entries.keys() : []) {
      const path = [section, index, "shape"], shape = valueAt(value, path);
      if (!isMesh(shape)) continue;
      const { fpath, ...rest } = shape;
      const vertices = await readMesh(config, fpath, [...path, "fpath"]);
      (entries as { shape: unknown }[])[index]!.shape = { ...rest, vertices }; // valueAt() found it
    }
  }
  return { ...config, value };
}

function isMesh(shape: unknown): shape is { readonly fpath: string } {
  return valueAt(shape, ["shape_type"]) === "Mesh" && typeof valueAt(shape, ["fpath"]) === "string";
}

async function readMesh(config: ConfigValue, fpath: string, path: Finding["path"]) {
  const refuse = refusal(config, "mesh", path);
  const bytes = await readAsset(config, fpath, { path, what: "mesh", endings: ["obj", "stl"] });
  try {
    return await readMeshFile(fpath, bytes);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw refuse(error.message, "it holds no solid");
  }
}
