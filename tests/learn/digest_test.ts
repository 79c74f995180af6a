import assert from "node:assert/strict";
import { getModel } from "../../learn/mod.ts";
import { trainDigest } from "./train_digest.ts";

Deno.test("trainModel() gives the bytes of its code version", async () => {
  // A change of bytes needs a new `codeVersion`: stored stages are found by it.
  assert.deepEqual([getModel("bc").codeVersion, await trainDigest()], [
    1,
    "04e79e187e21b8cc23c10f8d020884d251d12d0af747926f7c5d98c47ea39383",
  ]);
});

Deno.test("trainModel() gives the same bytes whatever the features of the CPU", async () => {
  const program = new URL("train_digest.ts", import.meta.url).pathname;
  for (const flags of ["--no-enable-avx,--no-enable-fma3", "--liftoff-only"]) {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-read", `--v8-flags=${flags}`, program],
    }).output();
    assert.ok(success);
    assert.equal(new TextDecoder().decode(stdout).trim(), await trainDigest(), flags);
  }
});
