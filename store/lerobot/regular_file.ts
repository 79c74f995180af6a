import { statSync } from "node:fs";

/**
 * Size of a file in bytes; null if there is none, or something else: whoever opens a pipe waits for
 * one that writes to it, and a device may never end.
 */
export function regularFileSize(path: string): number | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null; // links that go round, directories without permission
  }
}
