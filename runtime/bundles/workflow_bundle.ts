import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { SluiceError } from "../../core/errors.ts";
import type { Environment } from "../../infra/temporal/connection.ts";
import { cacheDirectory } from "../data/cache_directory.ts";
import { temporalDirectory } from "../services/services.ts";
import { isTraced } from "../services/trace_process.ts";
import { removeOldBundles, runBundler } from "./bundler.ts";

/** Configuration of the bundler. */
type WebpackConfiguration = Parameters<NonNullable<BundleOptions["webpackConfigHook"]>>[0];

/**
 * The workflows as one script, bundled once for each version of the project's code: that takes 1–2 s,
 * reading it none. It is kept for every data directory of this user, whatever modules are loaded:
 * workflows run no code of modules.
 *
 * @param root Absolute path of the data root, in which it is kept where the cache is read-only
 * @param code See `codeDigest()`
 * @param environment Variables of the process
 * @returns Path of the script
 * @throws {SluiceError} If it cannot be bundled
 */
export async function workflowBundle(
  root: string,
  code: string,
  environment: Environment,
): Promise<string> {
  const traced = isTraced(environment);
  const name = `workflows-${code.slice(0, 12)}${traced ? "-traced" : ""}.js`;
  const folders = [
    join(cacheDirectory(environment), "workflows"),
    temporalDirectory(root),
  ] as const;
  for (const folder of folders) {
    const bundled = join(folder, name);
    if (await stat(bundled).catch(() => null)) return bundled;
  }
  const folder = await writableFolder(...folders);
  const file = join(folder, name);
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  const interceptors = traced ? await (await import("../watch/tracing.ts")).tracingModules() : [];
  const problem = await runBundler(new URL(import.meta.url), [temporary, ...interceptors]);
  if (problem !== null) throw new SluiceError({ action: "bundle the workflows", problem });
  await rename(temporary, file);
  // Workers have read theirs.
  await removeOldBundles(folder, { isBundle: /^workflows-[\w-]+\.js$/ });
  return file;
}

/** The first folder, made where it is not there; the other where that cannot be written. */
async function writableFolder(preferred: string, other: string): Promise<string> {
  try {
    await mkdir(preferred, { recursive: true });
    const probe = join(preferred, `.${crypto.randomUUID()}.tmp`);
    await writeFile(probe, "");
    await rm(probe);
    return preferred;
  } catch {
    await mkdir(other, { recursive: true });
    return other;
  }
}

if (import.meta.main) {
  const [file, ...interceptors] = Deno.args;
  const bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../../workflows/mod.ts", import.meta.url)),
    ...(interceptors.length === 0 ? {} : {
      workflowInterceptorModules: interceptors,
      webpackConfigHook: shareSdk,
    }),
    logger: new DefaultLogger("WARN"),
  });
  await writeFile(file!, bundle.code);
  Deno.exit(0); // swc's threads would keep the process alive
}

/** Makes interceptors, which are installed apart, work on the same copy of the SDK. */
function shareSdk(config: WebpackConfiguration): WebpackConfiguration {
  const directory = (name: string) => dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  const names = ["@temporalio/common", "@temporalio/workflow"];
  const alias = Object.fromEntries(names.map((name) => [name, directory(name)]));
  return {
    ...config,
    resolve: { ...config.resolve, alias: { ...config.resolve?.alias, ...alias } },
  };
}
