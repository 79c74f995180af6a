import assert from "node:assert/strict";
import { registeredFacts } from "../../runtime/prepare/compile_context.ts";
import { parsePipeline } from "../../pipelines/file.ts";
import { reachExpert } from "../../pipelines/shipped/reach_expert.ts";

Deno.test("infra/nightly/reach_expert.yaml declares what reach-expert does", async () => {
  const file = new URL("../../infra/nightly/reach_expert.yaml", import.meta.url);
  const text = await Deno.readTextFile(file);
  const { declaration } = parsePipeline(text, "reach_expert.yaml", registeredFacts());
  assert.deepEqual(declaration, reachExpert);
});
