import assert from "node:assert/strict";
import { pipelineSchemaText, SCHEMA_FILE } from "../../tools/generate_schema.ts";

Deno.test("pipeline.schema.json is what pipelineSchemaText() makes", async () => {
  const stored = await Deno.readTextFile(SCHEMA_FILE);
  assert.equal(stored, pipelineSchemaText(), "run: deno task schema");
});
