import { basename, dirname, join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { type Finding, valueAt } from "../../core/findings.ts";
import { type ConfigValue, readArticulationFile } from "../../sim/mod.ts";
import { readAsset, refusal } from "./asset_file.ts";

/**
 * A gym config in which the links of articulations stand for their URDFs, so that a dataset holds
 * all of its scene.
 *
 * @param config Its name is the path of its file, in whose folder the URDFs lie
 * @throws {InvalidInputError} If a file cannot be read; the message has its place in the config
 */
export async function readArticulations(config: ConfigValue): Promise<ConfigValue> {
  const value = structuredClone(config.value);
  const entries = valueAt(value, ["articulation"]);
  for (const index of Array.isArray(entries) ? entries.keys() : []) {
    const entry = valueAt(entries, [index]);
    if (!hasFile(entry)) continue;
    const { fpath, ...rest } = entry;
    const links = await readLinks(config, fpath, ["articulation", index, "fpath"]);
    (entries as unknown[])[index] = { ...rest, links }; // valueAt() found it
  }
  return { ...config, value };
}

/** One that has both has links of its own, of which the checks of the config tell. */
function hasFile(entry: unknown): entry is { readonly fpath: string } {
  return typeof valueAt(entry, ["fpath"]) === "string" && valueAt(entry, ["links"]) === undefined;
}

async function readLinks(config: ConfigValue, fpath: string, path: Finding["path"]) {
  const bytes = await readAsset(config, fpath, { path, what: "URDF", endings: ["urdf"] });
  const options = { path, what: "mesh", endings: ["obj", "stl"] };
  try {
    return await readArticulationFile(
      fpath,
      new TextDecoder().decode(bytes),
      (file) => readAsset(config, locateMesh(fpath, file), options),
    );
  } catch (error) {
    // What is wrong with a mesh has its place already.
    if (!(error instanceof InvalidInputError) || error.message.startsWith("Cannot use")) {
      throw error;
    }
    throw refusal(config, "URDF", path)(error.message, "it holds no articulation");
  }
}

/** Where a mesh lies: a package is the folder of the URDF, or the one above its folder `urdf`. */
function locateMesh(fpath: string, file: string): string {
  const folder = dirname(fpath), [, name] = /^package:\/\/[^/]*\/(.*)$/.exec(file) ?? [];
  if (name === undefined) return join(folder, file);
  return join(basename(folder) === "urdf" ? dirname(folder) : folder, name);
}
