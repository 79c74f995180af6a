import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { PROJECT_DIRECTORY } from "../services/task_command.ts";

/** Permissions of a bundler: it reads sources and runs swc, a native library. */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi=node_modules",
];

/**
 * Runs a program that bundles code, in a process whose 200 MB end with it.
 *
 * @param program Address of its file
 * @param signal Ends it
 * @returns What it wrote to stderr if it failed, otherwise null
 */
export async function runBundler(
  program: URL,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string | null> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, fileURLToPath(program), ...args],
    cwd: PROJECT_DIRECTORY,
    stdin: "null",
    stdout: "null",
    clearEnv: true,
    env: givenEnvironment(["libraries", "network", "deno"]),
    ...(signal === undefined ? {} : { signal }),
  }).output();
  return success ? null : new TextDecoder().decode(stderr);
}

/** Bundles that are kept in a folder, each of one version of the code. */
const KEPT_BUNDLES = 10;

export interface OldBundles {
  /** Tells the names of bundles from those of other files. */
  readonly isBundle: RegExp;
  /** Whether a process needs the bundle of a path any longer; none does if absent. */
  readonly isInUse?: (path: string) => boolean;
}

/** Removes all bundles of a folder but the newest and those in use. */
export async function removeOldBundles(
  folder: string,
  { isBundle, isInUse = () => false }: OldBundles,
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => isBundle.test(name));
  const made = await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    return { path, time: (await stat(path).catch(() => null))?.mtimeMs ?? 0 };
  }));
  const old = made.sort((a, b) => b.time - a.time).slice(KEPT_BUNDLES)
    .filter(({ path }) => !isInUse(path));
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
