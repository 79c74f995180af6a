import asc from "assemblyscript/asc";
import { sha256Hex } from "../core/canonical.ts";

/** Directory of the sources and the compiled module of the kernels. */
export const KERNELS_DIRECTORY = new URL("../learn/kernels/plain/", import.meta.url);

/** Compiled kernels, and what they were compiled from. */
export interface BuiltKernels {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Content of `kernels.json`: version of the compiler and SHA-256 of each source. */
  readonly manifest: string;
}

const OPTIONS = [
  "-O3",
  "--noAssert", // addresses come from the arena; a check in the inner loop costs a third
  "--runtime",
  "stub", // no garbage collector: kernels allocate nothing
  "--importMemory",
  "--initialMemory",
  "1", // with no page at all V8 checks every address twice
  "--maximumMemory",
  "65536", // all that there can be: what is shared must say so
  "--sharedMemory", // threads of one training work in one memory
  "--enable",
  "simd", // plain: relaxed SIMD rounds as the CPU at hand likes
  "--enable",
  "threads",
];

/**
 * Compiles the AssemblyScript sources of the kernels: the same bytes on every machine.
 *
 * @throws {Error} With the compiler's report, if it refuses the sources
 */
export async function buildKernels(): Promise<BuiltKernels> {
  const sources: Record<string, string> = {};
  for (const entry of Deno.readDirSync(KERNELS_DIRECTORY)) {
    if (!entry.name.endsWith(".ts")) continue;
    sources[entry.name] = await Deno.readTextFile(new URL(entry.name, KERNELS_DIRECTORY));
  }
  const names = Object.keys(sources).sort();
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main([...names, "--outFile", "kernels.wasm", ...OPTIONS], {
    readFile: (name) => sources[name] ?? null,
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") wasm = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`Cannot compile the kernels: ${stderr.toString()}`);
  }
  const digests = Object.fromEntries(names.map((name) => [name, sha256Hex(sources[name]!)]));
  const manifest = JSON.stringify({ assemblyscript: asc.version, sources: digests }, null, 2);
  return { wasm, manifest: `${manifest}\n` };
}

if (import.meta.main) {
  const { wasm, manifest } = await buildKernels();
  await Deno.writeFile(new URL("kernels.wasm", KERNELS_DIRECTORY), wasm);
  await Deno.writeTextFile(new URL("kernels.json", KERNELS_DIRECTORY), manifest);
}
