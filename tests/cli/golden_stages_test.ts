import assert from "node:assert/strict";
import { digestsOf, TaskDirectory } from "./_task_directory.ts";
import GOLDEN from "./golden_stages.json" with { type: "json" };

// Bytes are an interface: a digest changes only with a code version and a line in CHANGELOG.md.
// pusht-flow, whose small variant takes longest, is compared in pusht_flow_test.ts.
for (const name of ["reach-expert", "quadruped-walk"] as const) {
  Deno.test(`deno task pipeline ${name} writes the bytes that it always has`, async () => {
    await using directory = new TaskDirectory();
    const { arguments: small, digests } = GOLDEN[name];
    assert.deepEqual(digestsOf(await directory.complete(name, ...small)), digests);
  });
}
