import assert from "node:assert/strict";
import { NO_MODULES } from "../../../runtime/prepare/code_modules.ts";
import { buildDigest, codeDigest } from "../../../runtime/prepare/build_digest.ts";

Deno.test("buildDigest() is that of the project's own code where the user adds none", () => {
  const own = codeDigest(), builds = new Set([own]);
  assert.equal(buildDigest(), own);
  for (const change of [{ digest: "a" }, { commands: "a" }, { digest: "a", commands: "a" }]) {
    const modules = { ...NO_MODULES, ...change }, build = buildDigest(modules, own);
    assert.equal(build, buildDigest(modules));
    builds.add(build);
  }
  assert.equal(builds.size, 4);
});
