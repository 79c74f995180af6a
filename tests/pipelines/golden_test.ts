import assert from "node:assert/strict";
import { compilePipeline } from "../../pipelines/mod.ts";
import { PIPELINES } from "../../pipelines/shipped/mod.ts";
import { CONTEXT } from "./_context.ts";

/**
 * Identities of the shipped pipelines in the fixed context. They turn red when a declaration, a
 * default or the canonical form changes: stored results are then no longer found. If that is
 * meant, write them anew with
 * `deno run --allow-read --allow-write tests/pipelines/golden_test.ts` and say so in CHANGELOG.md.
 */
const GOLDEN = new URL("golden_keys.json", import.meta.url);

function identities(): Record<string, Record<string, string>> {
  return Object.fromEntries([...PIPELINES].map(([name, { declaration }]) => {
    const { digest, stages } = compilePipeline(declaration, CONTEXT);
    const keys = stages.map((stage) => [stage.name, `${stage.key} ${stage.manifestKey}`]);
    return [name, { digest, ...Object.fromEntries(keys) }];
  }));
}

if (import.meta.main) {
  await Deno.writeTextFile(GOLDEN, `${JSON.stringify(identities(), null, 2)}\n`);
}

Deno.test("compilePipeline() gives the shipped pipelines the identities on record", async () => {
  assert.deepEqual(identities(), JSON.parse(await Deno.readTextFile(GOLDEN)));
});
