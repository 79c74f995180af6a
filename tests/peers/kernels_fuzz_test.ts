import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildWithKernels } from "../../tools/build_fma_kernels.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";

/** Some four million words. */
const TRIALS = 800;

/** Processors, and what runs their programs elsewhere. */
const EMULATORS = { x86_64: "qemu-x86_64-static", aarch64: "qemu-aarch64-static" } as const;

const { python, reason } = await pythonEnvironment("kernels");
const isLinux = Deno.build.os === "linux";
const skipped = isLinux ? reason : "its programs are Linux's";

/** Runs the fuzz on a processor. @returns Its last line, null where nothing here runs it */
async function fuzz(architecture: keyof typeof EMULATORS): Promise<string | null> {
  const directory = await Deno.makeTempDir();
  try {
    const program = `${directory}/fuzz`;
    const source = fileURLToPath(new URL("kernels_fuzz.c", import.meta.url));
    await buildWithKernels(python!, { architecture, source, program });
    const [command, ...args] = Deno.build.arch === architecture
      ? [program, String(TRIALS)]
      : [EMULATORS[architecture], program, String(TRIALS)];
    const { success, stdout } = await new Deno.Command(command!, { args }).output();
    const line = new TextDecoder().decode(stdout).trim();
    assert.ok(success, `${architecture}: ${line}`);
    return line;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: `kernels of class fma give the same words on x64 and arm64, and stay within their ranges${
    skipped === null ? "" : ` (skipped: ${skipped})`
  }`,
  ignore: skipped !== null,
  fn: async () => {
    const lines = [await fuzz("x86_64"), await fuzz("aarch64")].filter((line) => line !== null);
    for (const line of lines) {
      assert.match(line, /^\d{7,} words, 0 differ, hash [0-9a-f]{16}$/);
      assert.equal(line, lines[0]);
    }
  },
});
