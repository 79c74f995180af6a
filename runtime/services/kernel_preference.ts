import { InvalidInputError } from "../../core/errors.ts";
import type { KernelPreference } from "../../learn/mod.ts";

/**
 * Returns the kernels with which a worker may train, by the value of SLUICE_KERNELS: `native` or
 * `wasm`; any if it is unset. The bits are the same.
 *
 * @throws {InvalidInputError} If it is set to anything else
 */
export function kernelPreference(wanted: string | undefined): KernelPreference {
  if (wanted === undefined || wanted === "") return "auto";
  if (wanted === "native" || wanted === "wasm") return wanted;
  throw new InvalidInputError({
    action: `choose kernels by SLUICE_KERNELS="${wanted}"`,
    expected: "native or wasm",
    remedy: "unset it to use the fastest on this machine",
  });
}
