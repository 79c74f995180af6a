import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type CodeModules, NO_MODULES } from "./code_modules.ts";
import { PROJECT_DIRECTORY } from "../services/task_command.ts";

/** Folders whose code decides what a run does. What only shows it (`view/`, `cli/`) is left out. */
const FOLDERS = ["activities", "core", "learn", "pipelines", "sim", "store", "workflows"];

/** Lock files of the packages that they load, at once or on demand. */
const LOCKS = ["deno.lock", "learn/onnxruntime/deno.lock"];

/** SHA-256 of the project's own code, 64 hex digits: sources, kernels, locked dependencies, Deno. */
export function codeDigest(): string {
  const files = sourcesIn(FOLDERS);
  return digestOf([...files, ...LOCKS.map((lock) => join(PROJECT_DIRECTORY, lock))]);
}

/** SHA-256 of Deno's version and the sources in folders of the project, 64 hex digits. */
export function sourcesDigest(folders: readonly string[]): string {
  return digestOf(sourcesIn(folders));
}

function digestOf(files: readonly string[]): string {
  const hash = createHash("sha256").update(`deno ${Deno.version.deno}\n`);
  for (const file of files) {
    const content = createHash("sha256").update(readFileSync(file)).digest("hex");
    hash.update(`${content}  ${relative(PROJECT_DIRECTORY, file)}\n`);
  }
  return hash.digest("hex");
}

/**
 * SHA-256 of the code that runs pipelines, 64 hex digits. A worker refuses tasks of a run that other
 * code started.
 *
 * @param modules Code of the user's that runs with the project's own
 * @param code Digest of that, where it is known
 */
export function buildDigest(modules: CodeModules = NO_MODULES, code = codeDigest()): string {
  const { digest, commands } = modules;
  if (digest === null && commands === null) return code;
  const hash = createHash("sha256").update(`code ${code}\n`);
  if (digest !== null) hash.update(`modules ${digest}\n`);
  if (commands !== null) hash.update(`commands ${commands}\n`);
  return hash.digest("hex");
}

/** Paths of the sources in folders of the project, sorted. */
function sourcesIn(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => sourcesBelow(join(PROJECT_DIRECTORY, folder))).sort();
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesBelow(path);
    return /\.(ts|wasm|json)$/.test(entry.name) ? [path] : [];
  });
}
