import assert from "node:assert/strict";
import { describeParameters, listKinds } from "../../../pipelines/mod.ts";

Deno.test("describeParameters() tells type, default and meaning of every parameter", () => {
  for (const { kind } of listKinds()) {
    for (const { name, type, description } of describeParameters(kind)) {
      assert.ok(type.length > 0 && description.length > 0, `${kind}.${name}`);
    }
  }
  const generate = new Map(describeParameters("generate").map((help) => [help.name, help]));
  assert.equal(generate.get("environment")?.required, true);
  assert.equal(generate.get("episodes")?.type, "integer");
  assert.equal(generate.get("episodes")?.default, 100);
  assert.equal(generate.get("randomize")?.type, "boolean or object");
});
