import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Files and directories that other users of the machine can neither read nor write. */

/** Makes a directory, and those above it, that is its owner's alone; also where it was there before. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  try {
    chmodSync(path, 0o700);
  } catch {
    // Another user's, in a data directory that is shared on purpose.
  }
}

/** Writes a file that is its owner's alone, at once. */
export function writePrivateFile(path: string, text: string | Uint8Array): void {
  makePrivateDirectory(dirname(path));
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  writeFileSync(temporary, text, { flag: "wx", mode: 0o600 });
  renameSync(temporary, path);
}
