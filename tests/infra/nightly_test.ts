import assert from "node:assert/strict";
import { parsePipeline } from "../../pipelines/mod.ts";
import { reachExpert } from "../../pipelines/reach_expert.ts";

Deno.test("infra/nightly/reach_expert.yaml declares what reach-expert does", async () => {
  const file = new URL("../../infra/nightly/reach_expert.yaml", import.meta.url);
  const { declaration } = parsePipeline(await Deno.readTextFile(file), "reach_expert.yaml");
  assert.deepEqual(declaration, reachExpert);
});
