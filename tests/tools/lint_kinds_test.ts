import assert from "node:assert/strict";
import { listKinds } from "../../pipelines/mod.ts";
import plugin, { KINDS } from "../../tools/lint_kinds.ts";

function messagesOf(file: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ message }) => message);
}

Deno.test("lint_kinds knows every kind of the project", () => {
  assert.deepEqual(KINDS, listKinds().map(({ kind }) => kind));
});

Deno.test("lint_kinds refuses to tell kinds apart by name outside of their definitions", () => {
  const sources = [
    `if (stage.kind === "train") stop();`,
    `if ("merge" !== kind) stop();`,
    `switch (kind) { case "score": stop(); }`,
    `const LARGE = ["train", "score"];`,
    `import { train } from "../../pipelines/kinds/train.ts";`,
  ];
  for (const source of sources) {
    assert.match(messagesOf("runtime/run/x.ts", source).join(), /told by its definition/, source);
    assert.deepEqual(messagesOf("activities/stages/x.ts", source), []);
  }
});

Deno.test("lint_kinds allows names of stages, and a kind in the command of its name", () => {
  const allowed = [`const { path } = stages["merge"];`, `const splits = ["train", "test"];`];
  for (const source of allowed) assert.deepEqual(messagesOf("runtime/x.ts", source), []);
  const source = `if (stage.kind === "train") stop();`;
  assert.deepEqual(messagesOf("cli/commands/train.ts", source), []);
});
