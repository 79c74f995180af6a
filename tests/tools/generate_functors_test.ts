import assert from "node:assert/strict";
import { FUNCTORS_FILE, functorsText } from "../../tools/generate_functors.ts";

Deno.test("docs/functors.md is what functorsText() makes", async () => {
  assert.equal(await Deno.readTextFile(FUNCTORS_FILE), functorsText(), "run: deno task schema");
});
