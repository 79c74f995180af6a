import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { SluiceError } from "../core/errors.ts";
import { temporalDirectory } from "./services.ts";
import { PROJECT_DIRECTORY } from "./task_command.ts";

/** What the bundler does: it reads sources and runs swc, a native library. */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi=node_modules",
];

/**
 * The workflows as one script, bundled once a build: that takes 1–2 s, reading it none. Bundled in a
 * process of its own, whose 200 MB end with it.
 *
 * @param root Absolute path of the data root, in which it is kept
 * @returns Path of the script
 * @throws {SluiceError} If it cannot be bundled
 */
export async function workflowBundle(root: string, build: string): Promise<string> {
  const file = join(temporalDirectory(root), `workflows-${build.slice(0, 12)}.js`);
  if (await stat(file).catch(() => null)) return file;
  await mkdir(temporalDirectory(root), { recursive: true });
  const temporary = `${file}.${Deno.pid}.tmp`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, fileURLToPath(import.meta.url), temporary],
    cwd: PROJECT_DIRECTORY,
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) {
    throw new SluiceError(`Cannot bundle the workflows: ${new TextDecoder().decode(stderr)}`);
  }
  await rename(temporary, file);
  return file;
}

if (import.meta.main) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../workflows/mod.ts", import.meta.url)),
    logger: new DefaultLogger("WARN"),
  });
  await writeFile(Deno.args[0]!, code);
  Deno.exit(0); // swc's threads would keep the process alive
}
