import { basename, dirname, isAbsolute, join } from "node:path";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { type Finding, valueAt } from "../../core/findings.ts";
import {
  type ConfigValue,
  MESH_ENDINGS,
  type MeshAsset,
  meshAsset,
  readArticulationFile,
} from "../../sim/mod.ts";
import { type AssetLog, findAsset, readAsset } from "./asset_file.ts";

/** Check that objects to the files of articulations. */
export const URDF_CHECK = "URDF";

/** Mesh that replaces one that cannot be read, so that the rest of a URDF is checked. */
const TETRAHEDRON: MeshAsset = {
  ending: "obj",
  bytes: new TextEncoder().encode(
    "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n",
  ),
};

const MESH = { what: "mesh", endings: MESH_ENDINGS };

/** Reader of an articulation's files. */
interface Reading {
  /** Path of the config. */
  readonly config: string;
  /** Path of the key that names the URDF. */
  readonly path: Finding["path"];
  readonly log: AssetLog;
}

/** Links that stand for those of a file that cannot be read. */
const NO_LINKS = [{ name: "unread" }];

/**
 * A gym config in which the links of articulations stand for their URDFs, so that a dataset holds
 * all of its scene.
 *
 * @param log Takes what is wrong with the files, by {@linkcode URDF_CHECK} where their links are
 * not known
 */
export async function readArticulations(config: ConfigValue, log: AssetLog): Promise<ConfigValue> {
  const value = structuredClone(config.value);
  const entries = valueAt(value, ["articulation"]);
  for (const index of Array.isArray(entries) ? entries.keys() : []) {
    const entry = valueAt(entries, [index]);
    if (!hasFile(entry)) continue;
    const { fpath, ...rest } = entry;
    const links = await readLinks(fpath, {
      config: log.config,
      path: ["articulation", index, "fpath"],
      log,
    });
    (entries as unknown[])[index] = { ...rest, links: links ?? NO_LINKS }; // valueAt() found it
  }
  return { ...config, value };
}

/** One that has both has links of its own, of which the checks of the config tell. */
function hasFile(entry: unknown): entry is { readonly fpath: string } {
  return typeof valueAt(entry, ["fpath"]) === "string" && valueAt(entry, ["links"]) === undefined;
}

async function readLinks(
  fpath: string,
  options: Reading,
) {
  const { config, path, log } = options;
  const bytes = await readAsset(fpath, { ...options, what: URDF_CHECK, endings: ["urdf"] });
  if (bytes === null) return null;
  const unused: string[] = [];
  try {
    const { links, notes } = await readArticulationFile(fpath, new TextDecoder().decode(bytes), {
      readMesh: (file) => readMesh(locateMesh(fpath, file), options),
      onUnusedMesh: (file) => void unused.push(file),
    });
    for (const file of unused) {
      const found = await findAsset(locateMesh(fpath, file), { config, ...MESH });
      if ("file" in found) continue;
      notes.push(
        `${found.problem}; it is visual only and does not affect the simulation, so it is ` +
          "skipped",
      );
    }
    log.notes.push(...notes.map((note) => `${fpath}: ${note}`));
    return links;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const remedy = "it contains no articulation";
    log.findings.push({ check: URDF_CHECK, path, problem: error.message, remedy });
    return null;
  }
}

/** Reads a mesh of a URDF; one that cannot be read is in the log, and another replaces it. */
async function readMesh(file: string, options: Reading): Promise<MeshAsset> {
  const bytes = await readAsset(file, { ...options, ...MESH });
  if (bytes === null) return TETRAHEDRON;
  try {
    return meshAsset(file, bytes);
  } catch (error) {
    const { path, log } = options;
    const problem = `"${file}" is no mesh: ${messageOf(error)}`;
    log.findings.push({ check: MESH.what, path, problem, remedy: "export it again" });
    return TETRAHEDRON;
  }
}

/**
 * Locates a mesh: a package is the folder of the URDF, or its parent if the folder is named `urdf`.
 */
function locateMesh(fpath: string, file: string): string {
  const folder = dirname(fpath), [, name] = /^package:\/\/[^/]*\/(.*)$/.exec(file) ?? [];
  if (name === undefined) {
    return isAbsolute(file) || file.startsWith("file:") ? file : join(folder, file);
  }
  return join(basename(folder) === "urdf" ? dirname(folder) : folder, name);
}
