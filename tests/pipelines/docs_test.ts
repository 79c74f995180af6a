import assert from "node:assert/strict";
import { parsePipeline } from "../../pipelines/file.ts";
import { compilePipeline } from "../../pipelines/mod.ts";
import { CONTEXT } from "./_context.ts";

Deno.test("docs/declarations.md shows files that compile", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/declarations.md", import.meta.url));
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1]!);
  assert.equal(blocks.length, 2);
  for (const block of blocks) {
    compilePipeline(parsePipeline(block, "declarations.md", CONTEXT).declaration, CONTEXT);
  }
});
