import assert from "node:assert/strict";
import { CATALOG_FILE, catalogText } from "../../tools/generate_catalog.ts";

Deno.test("docs/catalog.md is what catalogText() makes", async () => {
  assert.equal(await Deno.readTextFile(CATALOG_FILE), catalogText(), "run: deno task schema");
});
