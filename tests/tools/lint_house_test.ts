import assert from "node:assert/strict";
import { findCircles, importsOf } from "../../tools/import_graph.ts";
import plugin, {
  castsIn,
  circleThrough,
  countCasts,
  LONG_FUNCTIONS,
  MOST_CASTS,
  MOST_FUNCTION_LINES,
  MOST_LINES,
} from "../../tools/lint_house.ts";

Deno.test("importsOf() finds values, types, re-exports and imports on use, and no packages", () => {
  const text = `
    import { a } from "./a.ts";
    import type {
      B,
    } from "../b/b.ts";
    export * from "./c.ts";
    export { type D } from "./d/d.ts";
    import "./e.ts";
    const f = await import("./f.ts");
    type G = import("./g.ts").G;
    import { z } from "zod";
    export const text = 'import { x } from "./x.ts"';
  `;
  assert.deepEqual(importsOf("sim/x/y.ts", text), [
    "sim/x/a.ts",
    "sim/b/b.ts",
    "sim/x/c.ts",
    "sim/x/d/d.ts",
    "sim/x/e.ts",
    "sim/x/f.ts",
    "sim/x/g.ts",
  ]);
});

const GRAPH = new Map([
  ["a", ["b"]],
  ["b", ["c", "d"]],
  ["c", ["d", "b"]],
  ["d", []],
  ["e", ["e", "a"]],
]);

Deno.test("findCircles() finds files that reach each other, and one that imports itself", () => {
  assert.deepEqual(findCircles(GRAPH), [["b", "c"], ["e"]]);
});

Deno.test("circleThrough() is a shortest way from a file to itself", () => {
  assert.deepEqual(circleThrough("b", GRAPH), ["b", "c", "b"]);
  assert.deepEqual(circleThrough("e", GRAPH), ["e", "e"]);
  assert.equal(circleThrough("a", GRAPH), null);
});

Deno.test("house/file-length refuses a file that is too long", () => {
  const messages = (lines: number) =>
    Deno.lint.runPlugin(plugin, "sim/x.ts", "export const a = 1;\n".repeat(lines))
      .map(({ message }) => message);
  assert.deepEqual(messages(MOST_LINES), []);
  assert.match(messages(MOST_LINES + 1).join(), /has 351 lines: expected at most 350/);
});

Deno.test("house/function-length refuses a function that is too long, whatever its form", () => {
  const inner = "  a();\n".repeat(MOST_FUNCTION_LINES - 1);
  const found = (source: string) =>
    Deno.lint.runPlugin(plugin, "sim/x.ts", source).map(({ message }) => message).join();
  for (
    const [before, name] of [
      ["function long() {", "long"],
      ["const long = () => {", "long"],
      ["class A { long() {", "long"],
      ["a(() => {", "a function"],
    ] as const
  ) {
    const after = before.startsWith("class") ? "}}" : before.startsWith("a(") ? "})" : "}";
    const short = inner.replace("  a();\n", "");
    assert.equal(found(`${before}\n${short}${after}`), "", before);
    assert.match(
      found(`${before}\n${inner}${after}`),
      new RegExp(`Function "${name}" has 51 lines: expected at most 50`),
      before,
    );
  }
  assert.ok(Object.keys(LONG_FUNCTIONS).length <= 10);
});

Deno.test("castsIn() counts casts, one by way of unknown as one, and `as const` as none", () => {
  const count = (text: string) => castsIn("sim/x.ts", text);
  assert.equal(count("const a = [1] as const; import { b as c } from 'd';"), 0);
  assert.equal(count("const a = b as unknown as number, c = (d as E).f as G;"), 3);
});

Deno.test("the project has few casts: a type says it where it can", () => {
  const { lines, casts } = countCasts();
  assert.ok(
    casts <= MOST_CASTS * lines / 1000,
    `expected at most ${MOST_CASTS} casts in 1,000 lines, found ${casts} in ${lines}`,
  );
});

Deno.test("house/circles refuses a module that closes a circle", () => {
  const messages = Deno.lint.runPlugin(
    plugin,
    "core/canonical.ts",
    `import { rowSize } from "./episode.ts"; export const a = rowSize([]);`,
  ).map(({ message }) => message);
  assert.match(
    messages.join(),
    /circle, core\/canonical\.ts → core\/episode\.ts → core\/canonical\.ts/,
  );
});

Deno.test("house/docstring-subject refuses a docstring that begins with a preposition or a unit", () => {
  const found = (docstring: string) =>
    Deno.lint.runPlugin(plugin, "sim/x.ts", `/**${docstring}*/\nexport const a = 1;`)
      .map(({ message }) => message).join();
  for (
    const begin of [" Of a step. ", "\n * Where it lies.\n ", " Px: the way. ", " 64 digits. "]
  ) {
    assert.match(found(begin), /^A docstring begins with "(Of|Where|Px|64)"/, begin);
  }
  for (const begin of [" Offset of a step. ", " @see x ", " x ↦ 2·x. ", "\n * Mean (m).\n "]) {
    assert.equal(found(begin), "", begin);
  }
  assert.equal(Deno.lint.runPlugin(plugin, "sim/x.ts", "/* Of no docstring. */ // Of").length, 0);
});

Deno.test("house/messages refuses code that takes a message apart, but of foreign errors", () => {
  const found = (file: string, text: string) =>
    Deno.lint.runPlugin(plugin, file, text).map(({ id }) => id);
  for (
    const text of [
      'export const a = (error: Error) => error.message.includes("x");',
      'import { messageOf } from "../core/errors.ts";\nexport const a = (e: unknown) => messageOf(e).split(":");',
      "export const a = ({ message }: Error) => /x/.exec(message);",
    ]
  ) {
    assert.deepEqual(found("sim/x.ts", text), ["house/messages"], text);
    assert.deepEqual(found("store/files/access.ts", text), []);
  }
  assert.deepEqual(
    found("sim/x.ts", "export const a = (error: Error) => `${error.message}!`;"),
    [],
  );
});
