import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { policyCommandOf } from "../../activities/commands/code_url.ts";
import { identifyProgram } from "../../activities/commands/command_digest.ts";
import { importModule } from "../../activities/threads/import_module.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { userPath } from "../data/data_root.ts";
import { PROJECT_DIRECTORY } from "../services/task_command.ts";

/** Code of the user's that registers environments, policies, models and commands. */
export interface CodeModules {
  /** `file:` URLs, and those of `policyCommandUrl()`, in the order in which they are loaded. */
  readonly urls: readonly string[];
  /**
   * SHA-256 of the modules and of their imports from files outside Sluice; null if there are none.
   */
  readonly digest: string | null;
  /** SHA-256 of the commands of policies that the command line gives; null where it gives none. */
  readonly commands: string | null;
}

export const NO_MODULES: CodeModules = { urls: [], digest: null, commands: null };

/**
 * Loads modules into this process, for what they register, and tells their code apart.
 *
 * @param specifiers Paths, `file:` URLs as of `import.meta.resolve()`, or those of a policy's command
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If one does not exist or cannot be loaded
 */
export async function loadModules(
  specifiers: readonly string[],
  from: string,
): Promise<CodeModules> {
  return digestModules(await importModules(specifiers, from));
}

/**
 * Computes the digests of modules' files as they are now, which may differ from what was loaded.
 */
export function digestModules(urls: readonly string[]): CodeModules {
  const commands = urls.flatMap((url) => policyCommandOf(url) ?? []);
  const modules = urls.filter((url) => policyCommandOf(url) === null);
  const digests = modules.map((url) => digestModule(fileURLToPath(url)));
  return {
    urls,
    digest: digestOfAll(digests),
    commands: digestOfAll(
      commands.map((command) => `${command.name} ${identifyProgram(command).digest}`),
    ),
  };
}

/** Computes the SHA-256 of texts, null if there are none. */
function digestOfAll(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : createHash("sha256").update(texts.join("\n")).digest("hex");
}

/**
 * {@linkcode loadModules} where nothing depends on what the code is.
 *
 * @returns Their URLs
 */
export async function importModules(
  specifiers: readonly string[],
  from: string,
): Promise<readonly string[]> {
  const urls = [...new Set(specifiers.map((specifier) => urlOf(specifier, from)))];
  for (const url of urls) await importModule(url);
  return urls;
}

/** The URL of a module, or of a policy's command. */
function urlOf(specifier: string, from: string): string {
  if (policyCommandOf(specifier) !== null) return specifier;
  return pathToFileURL(moduleFile(specifier, from)).href;
}

/** Absolute path of a module. */
function moduleFile(specifier: string, from: string): string {
  if (/^[a-z]{2,}:/i.test(specifier) && !specifier.startsWith("file:")) {
    throw new InvalidInputError({
      action: "load module",
      place: specifier,
      expected: "a local file",
      found: "a remote address",
      remedy: "download it first",
    });
  }
  const file = specifier.startsWith("file:") ? fileURLToPath(specifier) : userPath(specifier, from);
  if (existsSync(file)) return file;
  throw new InvalidInputError({
    action: "load module",
    place: specifier,
    expected: "a TypeScript or JavaScript file",
    found: `nothing at "${file}"`,
    remedy: "check the path",
  });
}

/** Part of the output of `deno info --json` about the imports of a module. */
interface ModuleGraph {
  readonly modules: readonly { readonly local?: string }[];
}

/** Computes the SHA-256 of a module and its own imports, wherever they are. */
function digestModule(file: string): string {
  const { success, stdout } = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    cwd: PROJECT_DIRECTORY,
    stderr: "null",
    clearEnv: true,
    env: givenEnvironment(["network", "deno"]),
  }).outputSync();
  // It was just loaded, so that a graph which cannot be told has one module at least.
  const graph: ModuleGraph = success
    ? JSON.parse(new TextDecoder().decode(stdout))
    : { modules: [{ local: file }] };
  const lines = graph.modules.flatMap(({ local }) => {
    if (local === undefined || belongsToSluice(local)) return [];
    const content = createHash("sha256").update(readFileSync(local)).digest("hex");
    return [`${content}  ${relative(dirname(file), local)}\n`];
  });
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

/** Top folders and files that are Sluice itself, which the build digest tells apart already. */
const SLUICE =
  /^(activities|api|cli|core|infra|learn|node_modules|pipelines|runtime|sim|store|view|workflows)\/|^mod\.ts$/;

function belongsToSluice(file: string): boolean {
  // A worker may come by another link to the same files.
  return SLUICE.test(relative(realpathSync(PROJECT_DIRECTORY), realpathSync(file)));
}
