import * as zarr from "zarrita";
import { type JsonValue, requireJson } from "../../core/canonical.ts";
import type { FileWriter } from "./writer.ts";

/**
 * Returns files to which zarrita writes: it reads nothing back, because chunks are written whole.
 */
export function writableFiles(writer: FileWriter): zarr.AsyncMutable {
  return {
    get: () => Promise.resolve(undefined),
    set: (key, data) => writer.write(key.slice(1), data),
  };
}

/** Writes the metadata of a group; `""` is the root. */
export async function writeGroup(
  writer: FileWriter,
  path: string,
  attributes: Readonly<Record<string, JsonValue>> = {},
): Promise<void> {
  requireJson(attributes, `${path}/zarr.json`);
  await zarr.create(zarr.root(writableFiles(writer)).resolve(path), {
    attributes: { ...attributes },
  });
}

/**
 * Writes the groups between a group and some arrays, so that tools list what is in them.
 *
 * @param within The group, which is written already; `""` is the root
 * @param paths Of arrays, from the group on
 */
export async function writeGroupsBetween(
  writer: FileWriter,
  within: string,
  paths: readonly string[],
): Promise<void> {
  const groups = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) groups.add(parts.slice(0, depth).join("/"));
  }
  for (const group of [...groups].sort()) {
    await writeGroup(writer, within === "" ? group : `${within}/${group}`);
  }
}
