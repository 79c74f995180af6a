import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("./faulty_machine.c", import.meta.url));

/**
 * Compiles the library that stands in for a machine with faults, for as long as the process of the
 * tests lives; `faulty_machine.c` says which variables a program is given with it.
 *
 * @returns Its path, null where nothing compiles or preloads here
 */
export async function buildShim(): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  const library = join(await Deno.makeTempDir({ prefix: "sluice-shim-" }), "shim.so");
  try {
    const { success } = await new Deno.Command("cc", {
      args: ["-shared", "-fPIC", "-o", library, SOURCE, "-ldl"],
    }).output();
    return success ? library : null;
  } catch {
    return null; // no compiler
  }
}
