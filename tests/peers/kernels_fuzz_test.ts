import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildWithKernels } from "../../tools/build_fma_kernels.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";

/** Some million words. */
const TRIALS = 1000;

/** Processors, and what runs their programs elsewhere. */
const EMULATORS = { x86_64: "qemu-x86_64-static", aarch64: "qemu-aarch64-static" } as const;

/** Processor of a fuzz, and whether AddressSanitizer watches it. */
interface Fuzz {
  readonly architecture: keyof typeof EMULATORS;
  readonly sanitized?: boolean;
}

const { python, reason } = await pythonEnvironment("kernels");
const isLinux = Deno.build.os === "linux";
const skipped = isLinux ? reason : "its programs are Linux's";

/** Runs the fuzz on a processor. @returns Its last line */
async function fuzz({ architecture, sanitized = false }: Fuzz): Promise<string> {
  const directory = await Deno.makeTempDir();
  try {
    const program = `${directory}/fuzz`;
    const source = fileURLToPath(new URL("kernels_fuzz.c", import.meta.url));
    await buildWithKernels(python!, { architecture, source, program, sanitized });
    const [command, ...args] = Deno.build.arch === architecture
      ? [program, String(TRIALS)]
      : [EMULATORS[architecture], program, String(TRIALS)];
    const { success, stdout, stderr } = await new Deno.Command(command!, { args }).output();
    const decoder = new TextDecoder(), line = decoder.decode(stdout).trim();
    assert.ok(success, `${architecture}: ${line} ${decoder.decode(stderr).slice(0, 2000)}`);
    return line;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Whether a program is there to be run. */
async function isInstalled(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Why a fuzz cannot be run here; null if it can. */
async function reasonAgainst({ architecture, sanitized }: Fuzz): Promise<string | null> {
  if (skipped !== null) return skipped;
  if (sanitized) return await isInstalled("gcc") ? null : "there is no gcc";
  if (architecture === Deno.build.arch) return null;
  const emulator = EMULATORS[architecture];
  return await isInstalled(emulator) ? null : `there is no ${emulator}`;
}

let first: string | undefined;
for (
  const [name, run] of [
    ["of x64, and stay within their ranges", { architecture: "x86_64" }],
    ["of arm64, and stay within their ranges", { architecture: "aarch64" }],
    ["under AddressSanitizer", { architecture: Deno.build.arch, sanitized: true }],
  ] as const
) {
  const against = await reasonAgainst(run);
  Deno.test({
    name: `kernels of class fma give the same words, ${name}${
      against === null ? "" : ` (skipped: ${against})`
    }`,
    ignore: against !== null,
    fn: async () => {
      const line = await fuzz(run);
      assert.match(line, /^\d{7,} words, 0 differ, hash [0-9a-f]{16}$/);
      first ??= line;
      assert.equal(line, first);
    },
  });
}
