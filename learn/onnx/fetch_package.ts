import { fileURLToPath } from "node:url";
import { childEnvironment } from "../../core/child_environment.ts";
import { messageOf, MissingToolError } from "../../core/errors.ts";

/** A package that is not part of an installation and is fetched on first use. */
export interface FetchedPackage {
  /** Its name and version. */
  readonly name: string;
  /** What it is for: `which runs .onnx files`. */
  readonly purpose: string;
  /** Folder of its configuration and its lock file, which pins the bytes; a URL that ends with "/". */
  readonly pinned: URL;
  /** Folder to install it in, a URL that ends with "/". */
  readonly installed: URL;
  /** Task that fetches it ahead. */
  readonly task: string;
}

/** Options for downloading a package. */
export interface FetchOptions {
  /** Says what takes its time, in a sentence without a full stop. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /**
   * Folder to install the package in, a URL that ends with "/".
   *
   * @default {@linkcode FetchedPackage.installed}
   */
  readonly folder?: URL;
  /** Environment variables for the package manager, in addition to those of every child. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Fetches a package unless it is there. Many processes and threads may ask at once: one fetches it,
 * the others wait.
 *
 * @throws {MissingToolError} If it cannot be fetched, or its bytes are not those of the lock file
 */
export async function fetchPackage(
  { name, purpose, pinned, installed, task }: FetchedPackage,
  { folder = installed, onProgress, environment = {} }: FetchOptions = {},
): Promise<void> {
  const marker = new URL("installed.lock", folder);
  const wanted = await Deno.readTextFile(new URL("deno.lock", pinned));
  if (await readText(marker) === wanted) return;
  let fault: string | null;
  try {
    await Deno.mkdir(folder, { recursive: true });
    // The kernel drops this lock with the process, however it ends.
    using file = await Deno.open(new URL("fetching", folder), { create: true, write: true });
    await file.lock(true);
    if (await readText(marker) === wanted) return;
    onProgress?.(`Fetching ${name}, ${purpose}`);
    for (const file of ["deno.json", "deno.lock"]) {
      await Deno.copyFile(new URL(file, pinned), new URL(file, folder));
    }
    fault = await install(fileURLToPath(new URL("deno.json", folder)), environment);
    if (fault === null) await Deno.writeTextFile(marker, wanted); // last: now it is whole
  } catch (error) {
    fault = messageOf(error);
  }
  if (fault === null) return;
  throw new MissingToolError({
    action: `fetch "${name}", ${purpose}`,
    expected: "a registry of npm packages that gives the bytes of its lock file",
    found: fault,
    remedy: `run "deno task ${task}" where there is a network, or ` +
      `copy ${fileURLToPath(folder)} from such a machine`,
  });
}

/** Installs what a configuration names, by its lock file; why that failed, null if it did not. */
async function install(
  configuration: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | null> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", "--config", configuration],
    clearEnv: true,
    env: {
      ...childEnvironment(Deno.env.toObject(), ["network", "deno"]),
      ...environment,
      NO_COLOR: "1",
    },
    stdin: "null",
  }).output();
  if (success) return null;
  // "error: Failed caching …", "", "Caused by:", "    0: error sending request …"
  const lines = new TextDecoder().decode(stderr).split("\n");
  const cause = lines[lines.indexOf("Caused by:") + 1]!; // the first line of all where it names none
  return cause.replace(/^ +(\d+: )?/, "").replace(/\.$/, "");
}

async function readText(url: URL): Promise<string | null> {
  try {
    return await Deno.readTextFile(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
