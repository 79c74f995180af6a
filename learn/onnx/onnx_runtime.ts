import type { InferenceSession, Tensor } from "onnxruntime-common";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "../../core/child_environment.ts";
import { messageOf, MissingToolError } from "../../core/errors.ts";
import config from "../onnxruntime/deno.json" with { type: "json" };

/** Name and version of the package that runs ONNX files, as keys of evaluations have it. */
export const ONNX_RUNTIME: string = config.imports["onnxruntime-node"].replace(/^npm:/, "");

/** The configuration of the package, and its lock file, which pins the bytes. */
const PINNED = new URL("../onnxruntime/", import.meta.url);

/** Directory of the installed package, from which the commands may load native libraries. */
const INSTALLED = new URL("../../node_modules/.onnxruntime/", import.meta.url);

/** Part of ONNX Runtime that is used. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
}

/** Options for downloading the package. */
export interface FetchOptions {
  /** Says what takes its time, in a sentence without a full stop. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /**
   * Folder to install the package in, a URL that ends with "/".
   *
   * @default node_modules/.onnxruntime/ of the project
   */
  readonly folder?: URL;
  /** Environment variables for the package manager, in addition to those of every child. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Opens ONNX Runtime, a native library that is fetched on first use: with the binaries of all
 * systems it is 290 MB, and only `.onnx` files need it.
 *
 * @throws {MissingToolError} If it is not there and cannot be fetched
 */
export async function openOnnxRuntime(options: FetchOptions = {}): Promise<OnnxRuntime> {
  await fetchOnnxRuntime(options);
  const require = createRequire(new URL("deno.json", options.folder ?? INSTALLED));
  const runtime: OnnxRuntime = require("onnxruntime-node"); // its version is pinned
  return runtime;
}

/**
 * Fetches ONNX Runtime unless it is there. Many processes and threads may ask at once: one fetches
 * it, the others wait.
 *
 * @throws {MissingToolError} If it cannot be fetched, or its bytes are not those of the lock file
 */
export async function fetchOnnxRuntime(
  { folder = INSTALLED, onProgress, environment = {} }: FetchOptions = {},
): Promise<void> {
  const marker = new URL("installed.lock", folder);
  const wanted = await Deno.readTextFile(new URL("deno.lock", PINNED));
  if (await readText(marker) === wanted) return;
  let fault: string | null;
  try {
    await Deno.mkdir(folder, { recursive: true });
    // The kernel drops this lock with the process, however it ends.
    using file = await Deno.open(new URL("fetching", folder), { create: true, write: true });
    await file.lock(true);
    if (await readText(marker) === wanted) return;
    onProgress?.(`Fetching ${ONNX_RUNTIME}, which runs .onnx files`);
    for (const name of ["deno.json", "deno.lock"]) {
      await Deno.copyFile(new URL(name, PINNED), new URL(name, folder));
    }
    fault = await install(fileURLToPath(new URL("deno.json", folder)), environment);
    if (fault === null) await Deno.writeTextFile(marker, wanted); // last: now it is whole
  } catch (error) {
    fault = messageOf(error);
  }
  if (fault === null) return;
  throw new MissingToolError({
    action: `fetch "${ONNX_RUNTIME}", which runs .onnx files`,
    expected: "a registry of npm packages that gives the bytes of its lock file",
    found: fault,
    remedy: 'run "deno task onnxruntime" where there is a network, or ' +
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
