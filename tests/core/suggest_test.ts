import assert from "node:assert/strict";
import { nearestName, suggestName } from "../../core/suggest.ts";

Deno.test("nearestName() finds one that a slip of the finger explains", () => {
  const known = ["generate", "validate", "filter", "merge"];
  assert.equal(nearestName("genrate", known), "generate");
  assert.equal(nearestName("Merge", known), "merge");
  assert.equal(nearestName("evaluate", known), "validate");
});

Deno.test("nearestName() finds none where all are far", () => {
  assert.equal(nearestName("quux", ["generate", "validate"]), null);
  assert.equal(nearestName("x".repeat(100_000), ["generate"]), null);
});

Deno.test("suggestName() lists what there is where none is near", () => {
  assert.equal(suggestName("genrate", ["generate"]), 'did you mean "generate"?');
  assert.equal(suggestName("quux", ["a", "b"]), "choose one of a, b");
  assert.equal(suggestName("quux", []), "there are none");
});
