import { dirname, join } from "node:path";
import {
  dataOffset,
  decodeDirectory,
  directoryOffset,
  type ZipEntry,
} from "../../store/files/zip.ts";
import { packedPath } from "../../store/mod.ts";

/** The entries of the archive of a shard. */
export async function entriesOf(directory: string): Promise<readonly ZipEntry[]> {
  const bytes = await Deno.readFile(packedPath(directory));
  const start = directoryOffset(bytes)!;
  return decodeDirectory(bytes.subarray(start), start)!;
}

/** Flips one bit of a file in the archive of a shard. @param position Fraction, in [0, 1) */
export async function flipPacked(
  directory: string,
  name: string,
  position: number,
): Promise<void> {
  const entry = (await entriesOf(directory)).find((entry) => entry.name === name)!;
  const bytes = await Deno.readFile(packedPath(directory));
  const at = dataOffset(entry) + Math.floor(position * entry.size);
  bytes[at] = bytes[at]! ^ 1;
  await Deno.writeFile(packedPath(directory), bytes);
}

/** Puts the directory that earlier versions wrote in the place of the archive of a shard. */
export async function unpack(directory: string): Promise<void> {
  const bytes = await Deno.readFile(packedPath(directory));
  for (const entry of await entriesOf(directory)) {
    const path = join(directory, entry.name), start = dataOffset(entry);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, bytes.subarray(start, start + entry.size));
  }
  await Deno.remove(packedPath(directory));
}
