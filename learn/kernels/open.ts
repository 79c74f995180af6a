import type { Arithmetic } from "../../core/episode.ts";
import { chooseKernels } from "./choice.ts";
import { createMemory } from "./memory.ts";
import type { Kernels } from "./kernels.ts";
import { bindPlainKernels } from "./plain.ts";

/** Kernels of a class on a new memory, zeroed and of a fixed size, that threads may share. */
export function createKernels(bytes: number, arithmetic: Arithmetic): Kernels {
  return bindKernels(createMemory(bytes), arithmetic);
}

/** Kernels of a class that work in the memory of others. */
export function bindKernels(memory: WebAssembly.Memory, arithmetic: Arithmetic): Kernels {
  return arithmetic === "plain" ? bindPlainKernels(memory) : chooseKernels().bind(memory);
}
