import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "./python_env.ts";

/** Directory of the C sources, the libraries and the modules of class `fma`. */
const DIRECTORY = fileURLToPath(new URL("../learn/kernels/fma/", import.meta.url));

/** Order and rounding are those of the source: nothing is contracted, reassociated or replaced. */
const ARITHMETIC = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-builtin"];
const FLAGS = [
  ...["-std=gnu2x", ...ARITHMETIC, "-ffreestanding", "-fno-sanitize=all", "-g0"],
  ...["-fno-stack-protector", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"],
  ...["-Wall", "-Wextra", "-Wno-psabi", "-Wno-unused-parameter", "-Werror"],
];
const NATIVE = ["-fPIC", "-fvisibility=hidden"];
/** The oracle of tests: small rather than fast. */
const SCALAR = ["-Os", "-DW=1", "-DSUFFIX=scalar", "-fno-vectorize", "-fno-slp-vectorize"];

/** A library, and for each of its objects the source and what is compiled how. */
interface Target {
  readonly file: string;
  readonly triple: string;
  readonly link: readonly string[];
  readonly objects: readonly (readonly [source: string, ...flags: string[]])[];
}

/** glibc of 2012, the oldest that the compiler knows; nothing of it is used. */
const TARGETS: readonly Target[] = [
  {
    file: "fma-linux-x64.so",
    triple: "x86_64-linux-gnu.2.17",
    link: ["-nostdlib", "-Wl,--build-id=none"],
    objects: [
      ["library.c", "-mcpu=x86_64"],
      ["kernels.c", "-mcpu=x86_64_v3", ...SCALAR],
      ["kernels.c", "-mcpu=x86_64_v3", "-DW=8", "-DSUFFIX=avx2"],
      ["kernels.c", "-mcpu=x86_64_v4", "-mprefer-vector-width=512", "-DW=16", "-DSUFFIX=avx512"],
    ],
  },
  {
    file: "fma-linux-arm64.so",
    triple: "aarch64-linux-gnu.2.17",
    link: ["-nostdlib", "-Wl,--build-id=none"],
    objects: [
      ["library.c", "-mcpu=generic"],
      ["kernels.c", "-mcpu=generic", ...SCALAR],
      ["kernels.c", "-mcpu=generic", "-DW=4", "-DSUFFIX=neon"],
    ],
  },
  {
    file: "fma-darwin-arm64.dylib",
    triple: "aarch64-macos",
    link: ["-Wl,-install_name,fma-darwin-arm64.dylib"], // else it is a temporary path
    objects: [
      ["library.c", "-mcpu=apple_m1"],
      ["kernels.c", "-mcpu=apple_m1", ...SCALAR],
      ["kernels.c", "-mcpu=apple_m1", "-DW=4", "-DSUFFIX=neon"],
    ],
  },
];

const WASM_FEATURES = "generic+simd128+atomics+bulk_memory";
const MODULES = [
  { file: "fma-relaxed.wasm", flags: [`-mcpu=${WASM_FEATURES}+relaxed_simd`] },
  { file: "fma-emulated.wasm", flags: [`-mcpu=${WASM_FEATURES}`, "-DEMULATED"] },
] as const;
const WASM_LINK = [
  ...["--no-entry", "--import-memory", "--shared-memory", "--max-memory=4294901760"],
  // With no page at all V8 checks every address twice: half of the speed.
  "--initial-memory=65536",
  // No kernel has anything on a stack, which threads would share: the first byte would trap.
  ...["--stack-first", "-z", "stack-size=0", "--strip-all"],
];

/** Manifest of the folder, beside the sources. */
export interface FmaManifest {
  /** Compiler and its version. */
  readonly compiler: string;
  /** SHA-256 of the outputs of all kernels on fixed inputs. */
  readonly knownAnswer: string;
  /** SHA-256 of each source, library and module, by name. */
  readonly sources: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Compiles the kernels of class `fma` for every platform: the same bytes on every machine.
 *
 * @param python Interpreter of the environment `kernels`
 * @throws {Error} With the compiler's report, if it refuses the sources
 */
export async function buildFmaKernels(python: string): Promise<Record<string, Uint8Array>> {
  const out = await Deno.makeTempDir({ dir: tmpdir() }), zig = compilerOf(python);
  try {
    const built: Record<string, Uint8Array> = {};
    for (const { file, triple, link, objects } of TARGETS) {
      const linked = await compileObjects(zig, triple, objects, out);
      await zig(
        "cc",
        "-target",
        triple,
        "-shared",
        "-s",
        ...link,
        ...linked,
        "-o",
        join(out, file),
      );
      built[file] = await Deno.readFile(join(out, file));
    }
    for (const { file, flags } of MODULES) {
      const object = join(out, "wasm.o"), target = ["-target", "wasm32-freestanding"];
      await zig("cc", ...target, ...FLAGS, "-DW=4", ...flags, "-c", "kernels.c", "-o", object);
      await zig("wasm-ld", ...WASM_LINK, object, "-o", join(out, file));
      built[file] = await Deno.readFile(join(out, file));
    }
    return built;
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

type Compiler = (...args: readonly string[]) => Promise<void>;

function compilerOf(python: string): Compiler {
  return (...args) => run(python, ["-m", "ziglang", ...args]);
}

/** @throws {Error} With the compiler's report */
async function run(program: string, args: readonly string[]): Promise<void> {
  const command = new Deno.Command(program, { args: [...args], cwd: DIRECTORY });
  const { success, stderr } = await command.output();
  if (!success) {
    throw new Error(`Cannot compile the kernels: ${new TextDecoder().decode(stderr)}`);
  }
}

/** @returns Paths of the objects */
async function compileObjects(
  zig: Compiler,
  triple: string,
  objects: Target["objects"],
  out: string,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const [i, [source, ...flags]] of objects.entries()) {
    const path = join(out, `${i}.o`);
    await zig("cc", "-target", triple, ...FLAGS, ...NATIVE, ...flags, "-c", source, "-o", path);
    paths.push(path);
  }
  return paths;
}

/**
 * Compiles a program for Linux with the kernels of a processor, and without further dependencies. A
 * `sanitized` one runs under AddressSanitizer, with the library of this machine's gcc.
 *
 * @param architecture `x86_64` or `aarch64`
 */
export async function buildWithKernels(
  python: string,
  { architecture, source, program, sanitized = false }: {
    readonly architecture: "x86_64" | "aarch64";
    readonly source: string;
    readonly program: string;
    readonly sanitized?: boolean;
  },
): Promise<void> {
  const out = await Deno.makeTempDir({ dir: tmpdir() }), zig = compilerOf(python);
  const { objects } = TARGETS.find(({ triple }) => triple.startsWith(`${architecture}-linux`))!;
  try {
    if (sanitized) {
      const triple = `${architecture}-linux-gnu.2.17`, extra = ["-fsanitize=address", "-fPIC"];
      const all = objects.map(([file, ...flags]) => [file, ...flags, ...extra] as const);
      const linked = await compileObjects(zig, triple, all, out), main = join(out, "main.o");
      const flags = ["-O1", "-ffp-contract=off", ...extra];
      await zig("cc", "-target", triple, ...flags, "-c", source, "-o", main);
      await run("gcc", ["-fsanitize=address", main, ...linked, "-o", program]);
      return;
    }
    const triple = `${architecture}-linux-musl`;
    const linked = await compileObjects(zig, triple, objects, out);
    const flags = ["-O2", "-static", "-ffp-contract=off"];
    await zig("cc", "-target", triple, ...flags, source, ...linked, "-o", program);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

/** SHA-256 of the sources as they are, by name. */
export async function hashSources(): Promise<Record<string, string>> {
  const sources = ["kernels.c", "library.c"];
  return Object.fromEntries(
    await Promise.all(
      sources.map(async (name) => [name, sha256(await Deno.readFile(join(DIRECTORY, name)))]),
    ),
  );
}

/** Computes the SHA-256 (64 hex digits). */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

if (import.meta.main) {
  const { python, reason } = await pythonEnvironment("kernels", { make: true });
  if (python === null) throw new Error(`Cannot compile the kernels: ${reason}`);
  const built = await buildFmaKernels(python);
  const path = join(DIRECTORY, "manifest.json");
  const { knownAnswer }: FmaManifest = JSON.parse(await Deno.readTextFile(path));
  const pinned = await Deno.readTextFile(new URL("requirements-kernels.txt", import.meta.url));
  const manifest: FmaManifest = {
    compiler: pinned.trim().split("\n").at(-1)!,
    knownAnswer,
    sources: await hashSources(),
    files: Object.fromEntries(Object.entries(built).map(([file, bytes]) => [file, sha256(bytes)])),
  };
  for (const [file, bytes] of Object.entries(built)) {
    await Deno.writeFile(join(DIRECTORY, file), bytes);
  }
  await Deno.writeTextFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
