import assert from "node:assert/strict";
import { getModel } from "../../../learn/mod.ts";
import { trainDigest } from "./train_digest.ts";

Deno.test("trainModel() gives the bytes of its code version and class of arithmetic", async () => {
  // A change of bytes needs a new `codeVersion`: stored stages are found by it.
  assert.deepEqual(
    [getModel("bc").codeVersion, await trainDigest("plain"), await trainDigest("fma")],
    [
      1,
      "04e79e187e21b8cc23c10f8d020884d251d12d0af747926f7c5d98c47ea39383",
      "44ffa01c2cbb34fa258be6a1fc7fb545b7bfb764713c2e205d5ad7381f8cd4bf",
    ],
  );
});

Deno.test("trainModel() gives the same bytes whatever the features of the CPU", async () => {
  const expected = `${await trainDigest("plain")} ${await trainDigest("fma")}`;
  const program = new URL("train_digest.ts", import.meta.url).pathname;
  // Without permission for native kernels: the first has no fused multiply-add and emulates it.
  for (const flags of ["--no-enable-avx,--no-enable-fma3", "--liftoff-only"]) {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-read", `--v8-flags=${flags}`, program],
    }).output();
    assert.ok(success);
    assert.equal(new TextDecoder().decode(stdout).trim(), expected, flags);
  }
});
