import { join } from "node:path";

/**
 * Compiles a library to preload, for as long as the process of the tests lives.
 *
 * @returns Its path, null where nothing compiles or preloads here
 */
export async function buildShim(source: string): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  const library = join(await Deno.makeTempDir({ prefix: "sluice-shim-" }), "shim.so");
  try {
    const { success } = await new Deno.Command("cc", {
      args: ["-shared", "-fPIC", "-o", library, source, "-ldl"],
    }).output();
    return success ? library : null;
  } catch {
    return null; // no compiler
  }
}
