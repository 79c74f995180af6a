import type { KernelName, Kernels } from "./kernels.ts";

/**
 * Kernels of class `fma` in WebAssembly: `relaxed` by relaxed SIMD, whose multiply-add is fused where
 * the processor can; `emulated` by f64 anywhere, about ten times as slow.
 */
export type WasmImplementation = "relaxed" | "emulated";

/** File of an implementation. */
export function wasmFile(implementation: WasmImplementation): string {
  return `fma-${implementation}.wasm`;
}

/** @param module Compiled from the file of an implementation */
export function bindWasmKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    // Made of `fma/kernels.c`, whose signatures are the interface's; `scratch` is left out.
    ...(exports as unknown as Pick<Kernels, KernelName>),
    memory,
    verifyThread: () => undefined, // nothing beside the engine's code runs in its threads
  };
}
