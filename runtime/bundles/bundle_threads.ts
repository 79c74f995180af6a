/**
 * Program that bundles the code of threads: `bundle_threads.ts DIRECTORY` writes `thread_main.js`, the
 * parts that are loaded on demand, and source maps, by which stack traces name the sources.
 *
 * Only the project's own modules are bundled. Packages stay where they are installed, because some
 * load files that lie beside them, and so do the addresses that modules have of themselves.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import webpack, { type Configuration } from "webpack";
import { THREAD_FILE } from "./thread_bundle.ts";

const ENTRY = fileURLToPath(new URL("../../activities/threads/thread_main.ts", import.meta.url));

/** Compiles as Deno does: types are left out, nothing else is changed. */
const COMPILER = {
  loader: createRequire(import.meta.url).resolve("swc-loader"),
  options: {
    sourceMaps: true,
    jsc: { target: "esnext", parser: { syntax: "typescript" } },
  },
};

/** Returns the address from which a module is imported that is not bundled, null for one that is. */
function addressOf(specifier: string): string | null {
  if (/^[./]/.test(specifier)) return null;
  return specifier.startsWith("node:") ? specifier : import.meta.resolve(specifier);
}

function configurationFor(directory: string): Configuration {
  return {
    mode: "none",
    target: ["node20", "es2022"],
    entry: ENTRY,
    devtool: "source-map",
    experiments: { outputModule: true },
    output: {
      module: true,
      path: directory,
      filename: THREAD_FILE,
      devtoolModuleFilenameTemplate: ({ absoluteResourcePath }: { absoluteResourcePath: string }) =>
        `file://${absoluteResourcePath}`,
    },
    externalsType: "module",
    externals: ({ request = "" }, done) => {
      const address = addressOf(request);
      if (address === null) done();
      else done(undefined, `module ${address}`);
    },
    module: {
      parser: {
        javascript: {
          importMeta: true, // import.meta.url stays the address of the source
          url: false,
          worker: false,
          createRequire: false,
        },
      },
      rules: [{ test: /\.ts$/, use: COMPILER }],
    },
    // In one scope, so that a call from one module to another costs no more than within one.
    optimization: { concatenateModules: true, providedExports: true, usedExports: true },
  };
}

const [directory] = Deno.args;
webpack(configurationFor(directory!), (error, stats) => {
  const faults = stats?.toString({ all: false, errors: true, warnings: true });
  if (error || faults) console.error(error ?? faults);
  Deno.exit(error || faults ? 1 : 0); // swc's threads would keep the process alive
});
