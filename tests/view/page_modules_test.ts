import assert from "node:assert/strict";
import { gatherScripts } from "../../view/page_modules.ts";

const FILES: Readonly<Record<string, string>> = {
  "pages/main.ts": `import { b } from "./b.ts";
import {
  c,
  type D,
} from "../sim/c.ts";
import type { E } from "../store/e.ts";
import * as three from "three";
export const text = "not/an/import";
const twice: D<number> = b(c) as E;
console.log(twice, three);
`,
  "pages/b.ts": `export { c as b } from "../sim/c.ts";\n`,
  "sim/c.ts": `export type D<T> = T;\nexport const c = 1;\n`,
  "package/three.js": `export * from "./core.js";\n`,
  "package/core.js": `export const three = 3;\n`,
  "pages/bad.ts": `import fs from "node:fs";\nconsole.log(fs);\n`,
};

const OPTIONS = {
  root: new URL("file:///app/"),
  packages: { three: { url: new URL("file:///app/package/three.js"), parts: ["core.js"] } },
  read(url: URL): string {
    const found = FILES[url.href.replace("file:///app/", "")];
    assert.ok(found !== undefined, `read ${url}`);
    return found;
  },
};

Deno.test("gatherScripts() gathers what a module imports, with its types blanked", () => {
  const { assets, entry, importMap } = gatherScripts("pages/main.ts", OPTIONS);
  assert.equal(entry, "/pages/main.ts");
  assert.deepEqual(Object.keys(assets).sort(), [
    "/packages/three/core.js",
    "/packages/three/mod.js",
    "/pages/b.ts",
    "/pages/main.ts",
    "/sim/c.ts",
  ]);
  assert.deepEqual(importMap, { imports: { three: "/packages/three/mod.js" } });
  for (const { type } of Object.values(assets)) assert.match(type, /^text\/javascript/);
  const script = String(assets["/pages/main.ts"]!.body);
  assert.doesNotMatch(script, /type D|store|as E/);
  // Lines stay where they are, so that a trace in the browser names them.
  assert.equal(script.split("\n").length, FILES["pages/main.ts"]!.split("\n").length);
});

Deno.test("gatherScripts() refuses what no browser has", () => {
  assert.throws(
    () => gatherScripts("pages/bad.ts", OPTIONS),
    /"\/pages\/bad.ts".*"node:fs".*three/,
  );
});
