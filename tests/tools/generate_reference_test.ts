import assert from "node:assert/strict";
import { REFERENCE_FILE, referenceText } from "../../tools/generate_reference.ts";

Deno.test("docs/parameters.md is what referenceText() makes", async () => {
  assert.equal(await Deno.readTextFile(REFERENCE_FILE), referenceText(), "run: deno task schema");
});
