import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders whose code decides what a run does. What only shows it (`view/`, `cli/`) is left out. */
const FOLDERS = ["activities", "core", "learn", "pipelines", "sim", "store", "workflows"];

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * SHA-256 of the code that runs pipelines, 64 hex digits: sources, kernels, locked dependencies and
 * Deno itself. A worker refuses tasks of a run that other code started.
 *
 * @param modules Files of the user that register environments and models
 */
export function buildDigest(modules: readonly string[] = []): string {
  const files = FOLDERS.flatMap((folder) => sourcesBelow(join(ROOT, folder)));
  const hash = createHash("sha256").update(`deno ${Deno.version.deno}\n`);
  for (const file of [...files.sort(), join(ROOT, "deno.lock"), ...modules]) {
    const content = createHash("sha256").update(readFileSync(file)).digest("hex");
    hash.update(`${content}  ${relative(ROOT, file)}\n`);
  }
  return hash.digest("hex");
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesBelow(path);
    return /\.(ts|wasm)$/.test(entry.name) ? [path] : [];
  });
}
