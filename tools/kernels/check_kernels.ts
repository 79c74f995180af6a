/**
 * Compares the stored kernels with what their sources compile to, and ends with status 1 if they
 * differ. It runs with the configuration beside it, because the compiler (100 MB) is no part of an
 * installation.
 */
import { buildKernels, KERNELS_DIRECTORY } from "../build_kernels.ts";

const { wasm, manifest } = await buildKernels();
const stored = await Deno.readFile(new URL("kernels.wasm", KERNELS_DIRECTORY));
const differing = [
  ...(stored.length === wasm.length && stored.every((byte, at) => byte === wasm[at])
    ? []
    : ["kernels.wasm"]),
  ...(await Deno.readTextFile(new URL("kernels.json", KERNELS_DIRECTORY)) === manifest
    ? []
    : ["kernels.json"]),
];
if (differing.length > 0) {
  console.error(
    `Cannot accept the kernels: expected what their sources compile to, found another ` +
      `${differing.join(" and ")}: run "deno task kernels"`,
  );
  Deno.exit(1);
}
