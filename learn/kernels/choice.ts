import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import manifest from "./fma/manifest.json" with { type: "json" };
import type { Kernels } from "./kernels.ts";
import { ANSWER_BYTES, knownAnswer } from "./known_answer.ts";
import { createMemory } from "./memory.ts";
import { bindNativeKernels, LIBRARIES, type NativeVectors, openLibrary } from "./native.ts";
import { bindWasmKernels, wasmFile, type WasmImplementation } from "./wasm.ts";

/** Implementations of class `fma` that may be used: all, the fastest first, or one kind alone. */
export type KernelPreference = "auto" | "native" | "wasm";

/** The implementation of class `fma` that a process uses, and why. */
export interface KernelChoice {
  readonly implementation: "native" | WasmImplementation;
  /** Name for people, e.g. `native AVX-512`. */
  readonly name: string;
  /** Faster implementations that were skipped, each with its reason; empty if there are none. */
  readonly passedOver: readonly string[];
  bind(memory: WebAssembly.Memory): Kernels;
}

const NAMES: Readonly<Record<NativeVectors | WasmImplementation, string>> = {
  avx512: "native AVX-512",
  avx2: "native AVX2",
  neon: "native NEON",
  scalar: "native scalar",
  relaxed: "WebAssembly with relaxed SIMD",
  emulated: "WebAssembly with emulated fused multiply-add",
};

/** Directory of the libraries and modules of class `fma`. */
export const KERNELS_DIRECTORY = new URL("./fma/", import.meta.url);

let preference: KernelPreference = "auto";
let chosen: KernelChoice | undefined;

/** Says what may be used, before this thread computes anything: at the start of a process or thread. */
export function preferKernels(wanted: KernelPreference): void {
  if (wanted !== preference) chosen = undefined;
  preference = wanted;
}

/** Returns the preference set by {@linkcode preferKernels}, for threads that this one starts. */
export function preferredKernels(): KernelPreference {
  return preference;
}

/**
 * The implementation that this thread uses: the fastest whose known answers are those committed.
 *
 * @throws {InvalidInputError} If the one that was asked for cannot be used
 */
export function chooseKernels(): KernelChoice {
  chosen ??= findKernels(preference);
  return chosen;
}

/** One line: which kernels run, and why no faster ones, e.g. `native AVX2; no native AVX-512: …`. */
export function describeKernels({ name, passedOver }: KernelChoice): string {
  return [name, ...passedOver].join("; ");
}

/**
 * The fastest implementation whose known answers are those committed.
 *
 * @param directory Where libraries and modules lie
 * @throws {InvalidInputError} If none that is wanted can be used
 */
export function findKernels(
  wanted: KernelPreference,
  directory: URL = KERNELS_DIRECTORY,
): KernelChoice {
  const passedOver: string[] = [];
  const candidates = [
    ...(wanted === "wasm" ? [] : nativeCandidates(directory, passedOver)),
    ...(wanted === "native" ? [] : wasmCandidates(directory)),
  ];
  for (const { name, open } of candidates) {
    try {
      const { bind, implementation } = open();
      const answer = knownAnswer(bind(createMemory(ANSWER_BYTES)));
      if (answer !== manifest.knownAnswer) {
        throw new Error("its known answers are not those of class fma");
      }
      return { implementation, name, bind, passedOver };
    } catch (error) {
      passedOver.push(`no ${name}: ${messageOf(error)}`);
    }
  }
  throw new InvalidInputError({
    action: `compute with SLUICE_KERNELS=${wanted}`,
    problem: passedOver.join("; "),
    remedy: "unset it, and other kernels are used",
  });
}

interface Candidate {
  readonly name: string;
  open(): Pick<KernelChoice, "implementation" | "bind">;
}

function wasmCandidates(directory: URL): readonly Candidate[] {
  return (["relaxed", "emulated"] as const).map((implementation) => ({
    name: NAMES[implementation],
    open() {
      const module = new WebAssembly.Module(readVerified(wasmFile(implementation), directory));
      return { implementation, bind: (memory) => bindWasmKernels(module, memory) };
    },
  }));
}

function nativeCandidates(directory: URL, passedOver: string[]): readonly Candidate[] {
  const machine = `${Deno.build.os}-${Deno.build.arch}`, library = LIBRARIES[machine];
  if (library === undefined) {
    passedOver.push(`no native code: there is no library for ${machine}`);
    return [];
  }
  return library.vectors.map((vectors) => ({
    name: NAMES[vectors],
    open() {
      requirePermission(directory);
      readVerified(library.file, directory);
      const opened = openLibrary(new URL(library.file, directory), vectors);
      if (!opened.fits) throw new Error("the processor lacks it");
      opened.verifyThread();
      return {
        implementation: "native",
        bind: (memory) => bindNativeKernels(opened, memory),
      };
    },
  }));
}

/**
 * Requires permission without a prompt: whoever runs a task that computes has decided what it may
 * do.
 */
function requirePermission(directory: URL): void {
  if (directory.protocol !== "file:") {
    throw new Error("code that comes by network opens no library");
  }
  const path = fileURLToPath(directory);
  if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") {
    throw new Error("--allow-ffi does not name learn/kernels");
  }
}

/** The bytes of a file, where they are those that were committed. */
function readVerified(file: string, directory: URL): Uint8Array<ArrayBuffer> {
  const expected = (manifest.files as Readonly<Record<string, string>>)[file];
  const bytes = new Uint8Array(readFileSync(new URL(file, directory)));
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === expected) return bytes;
  throw new Error(`"${file}" is not the one committed: expected ${expected}, found ${found}`);
}
