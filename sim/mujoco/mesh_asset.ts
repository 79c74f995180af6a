import { plyToObj } from "./ply_mesh.ts";

/** Files of meshes that are read, by the endings of their names. */
export const MESH_ENDINGS = ["obj", "stl", "ply"] as const;

/** A mesh in a format that MuJoCo reads, which it tells by the ending alone. */
export interface MeshAsset {
  readonly ending: string;
  readonly bytes: Uint8Array;
}

/**
 * A mesh as MuJoCo reads it.
 *
 * @param name Of the file
 * @throws {SyntaxError} If a PLY is none; the message says why
 */
export function meshAsset(name: string, bytes: Uint8Array): MeshAsset {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return ending === "ply" ? { ending: "obj", bytes: plyToObj(bytes) } : { ending, bytes };
}
