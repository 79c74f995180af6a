import { statSync } from "node:fs";

/**
 * Returns the size of a file in bytes; null if there is none, or something else: opening a pipe
 * would wait for a writer, and a device may never end.
 */
export function regularFileSize(path: string): number | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null; // links that go round, directories without permission
  }
}
