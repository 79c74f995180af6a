import assert from "node:assert/strict";
import plugin from "../../tools/lint_layers.ts";

/** Messages of the rules on a source that claims to lie in a file of the repository. */
function messagesOf(file: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ message }) => message);
}

const REFUSED: readonly [file: string, source: string, message: RegExp][] = [
  ["core/x.ts", `import { a } from "../sim/a.ts";`, /core\/ may not import a value from sim\//],
  ["sim/x.ts", `import { a } from "../store/a.ts";`, /sim\/ may not import.*store/],
  ["store/deep/x.ts", `export * from "../../learn/a.ts";`, /store\/ may not import.*learn/],
  ["learn/x.ts", `export { a } from "../sim/a.ts";`, /learn\/ may not import.*sim/],
  ["learn/x.ts", `const a = await import("../sim/a.ts");`, /learn\/ may not import.*sim/],
  ["workflows/x.ts", `import { a } from "../activities/a.ts";`, /workflows\/ may not import/],
  ["pipelines/x.ts", `import { a } from "../mod.ts";`, /the root/],
  ["pipelines/x.ts", `import fs from "node:fs";`, /reached from workflows/],
  ["workflows/x.ts", `import { a } from "@std/streams";`, /reached from workflows/],
  ["core/x.ts", `export const a = Deno.args;`, /where Deno does not exist/],
  ["pages/x.ts", `import { a } from "../store/a.ts";`, /pages\/ may not import.*store/],
  ["pages/x.ts", `export const a = Deno.args;`, /runs in a browser, where Deno/],
  ["view/x.ts", `import { Mesh } from "three";`, /only pages and cli know "three"/],
  ["learn/x.ts", `import * as zarr from "zarrita";`, /only store and cli know "zarrita"/],
  ["store/x.ts", `import load from "@mujoco/mujoco";`, /only sim and cli know/],
  ["activities/x.ts", `import { a } from "@temporalio/workflow";`, /only workflows/],
  ["cli/x.ts", `import { z } from "npm:zod";`, /bare name/],
  ["learn/x.ts", `const a = performance.now();`, /performance\.now belongs to cli\//],
  ["store/x.ts", `const a = crypto.randomUUID();`, /crypto\.randomUUID belongs to cli\//],
  ["activities/x.ts", `const a = new Date();`, /Date\.now belongs to cli\//],
  ["sim/x.ts", `const a = Math.random();`, /Math\.random belongs to cli\//],
  ["view/x.ts", `console.log("a");`, /console\.log belongs to cli\//],
  ["store/x.ts", `const a = Deno.env.get("A");`, /Deno\.env belongs to cli\//],
];

const ALLOWED: readonly [file: string, source: string][] = [
  ["sim/x.ts", `import { a } from "./a.ts"; import { b } from "../core/b.ts";`],
  ["sim/x.ts", `import type { A } from "../store/a.ts"; export type { B } from "../learn/b.ts";`],
  ["workflows/x.ts", `import type { A } from "../activities/types.ts";`],
  ["workflows/x.ts", `import { a } from "@temporalio/workflow";`],
  [
    "activities/x.ts",
    `import { a } from "../sim/mod.ts"; import { b } from "../pipelines/mod.ts";`,
  ],
  ["store/x.ts", `import * as zarr from "zarrita"; import fs from "node:fs";`],
  ["cli/x.ts", `import { a } from "../activities/a.ts"; console.log(Deno.env, Date.now());`],
  ["mod.ts", `export { a } from "./cli/a.ts";`],
  ["sim/x.ts", `const a = Math.floor(1), b = new Date(0);`],
];

Deno.test("lint_layers refuses what a layer may not reach", () => {
  for (const [file, source, message] of REFUSED) {
    const messages = messagesOf(file, source);
    assert.equal(messages.length, 1, `${file}: ${source} gave ${JSON.stringify(messages)}`);
    assert.match(messages[0]!, message);
  }
});

Deno.test("lint_layers allows the layers below, types of any, and its own packages", () => {
  for (const [file, source] of ALLOWED) assert.deepEqual(messagesOf(file, source), [], source);
});
