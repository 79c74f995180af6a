import assert from "node:assert/strict";
import { NO_MODULES } from "../../../runtime/prepare/code_modules.ts";
import { buildDigest, ownCodeDigest } from "../../../runtime/prepare/build_digest.ts";

Deno.test("ownCodeDigest() is that of a build without the modules and commands of the user's", () => {
  const own = buildDigest();
  for (const change of [{}, { digest: "a" }, { commands: "b" }, { digest: "a", commands: "b" }]) {
    const modules = { ...NO_MODULES, ...change }, build = buildDigest(modules);
    assert.equal(build === own, Object.keys(change).length === 0);
    assert.equal(ownCodeDigest(build, modules), own);
  }
});
