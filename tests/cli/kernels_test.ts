import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { TaskDirectory } from "./_task_directory.ts";

Deno.test("deno task pipeline refuses kernels that it does not know, before anything starts", async () => {
  await using directory = new TaskDirectory();
  const { code, stderr } = await directory.run("pipeline", ["reach-expert"], {
    env: { SLUICE_KERNELS: "avx2", NO_COLOR: "1" },
  });
  assert.equal(code, 2);
  assert.match(stderr, /Cannot choose kernels by SLUICE_KERNELS="avx2": expected native or wasm/);
  assert.equal(existsSync(directory.root), false);
});
