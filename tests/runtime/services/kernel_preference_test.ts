import assert from "node:assert/strict";
import { InvalidInputError } from "../../../core/errors.ts";
import { kernelPreference } from "../../../runtime/services/kernel_preference.ts";

Deno.test("kernelPreference() is any kernels unless SLUICE_KERNELS names some", () => {
  assert.equal(kernelPreference(""), "auto");
  assert.equal(kernelPreference("native"), "native");
  assert.equal(kernelPreference("wasm"), "wasm");
});

Deno.test("kernelPreference() refuses what it does not know, with what there is", () => {
  for (const wanted of ["NATIVE", "avx2", "auto", " wasm"]) {
    assert.throws(
      () => kernelPreference(wanted),
      (error) =>
        error instanceof InvalidInputError &&
        error.message.startsWith(`Cannot choose kernels by SLUICE_KERNELS="${wanted}": `) &&
        error.message.includes("expected native or wasm"),
    );
  }
});
