import assert from "node:assert/strict";
import { SluiceError } from "../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { compilePipeline, parsePipeline, PIPELINES } from "../../pipelines/mod.ts";
import { CONTEXT } from "./_context.ts";

const MUTATIONS = 500;

/** Fragments that have a meaning to YAML, to the schema, or to JavaScript. */
// deno-fmt-ignore
const FRAGMENTS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "&a ",
  "*a",
  "!!set ",
  "- ",
  "\n",
  "\t",
  '"',
  "'",
  "#",
  "|",
  ">",
  "%",
  "~",
  "null",
  "true",
  "-1",
  "1e999",
  ".nan",
  "0x10",
  "__proto__",
  "constructor",
  "toString",
  "kind",
  "from",
  "generate",
  "merge",
  "validate",
  "evaluate",
  "../..",
  "/etc",
  "\u0000",
  "\uffff",
  "é",
  "\\",
  "<<: *a",
  "? ",
  "---",
  "...",
  "99999999999999999999",
];

function mutate(text: string, random: RandomGenerator): string {
  const at = random.integer(text.length), length = random.integer(12);
  const fragment = FRAGMENTS[random.integer(FRAGMENTS.length)]!;
  const from = random.integer(text.length);
  switch (random.integer(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + fragment + text.slice(at);
    case 2:
      return text.slice(0, at) + fragment + text.slice(at + length);
    case 3:
      return text.slice(0, at) + text.slice(from, from + 4 * length) + text.slice(at);
    default:
      return text.slice(0, at);
  }
}

/** What is wrong with how a text was received, null where it was right. */
function misbehaviour(text: string): string | null {
  try {
    compilePipeline(parsePipeline(text, "fuzz.yaml", CONTEXT).declaration, CONTEXT);
    return null;
  } catch (error) {
    if (!(error instanceof SluiceError)) return `threw ${error}`;
    if (error.exitStatus !== 2) return `has exit status ${error.exitStatus}`;
    if (/\bat .*\.ts:\d|undefined|\[object/.test(error.message)) return error.message;
    return error.message.startsWith("Cannot ") ? null : error.message;
  }
}

Deno.test("parsePipeline() and compilePipeline() accept or refuse 500 mutations cleanly", () => {
  const sources = [...PIPELINES.values()].map(({ declaration }) => declaration);
  let accepted = 0;
  for (let index = 0; index < MUTATIONS; index++) {
    const random = createRandom(20, "fuzz", index);
    const source = sources[random.integer(sources.length)]!;
    let text = JSON.stringify(source, null, 2);
    if (index % 2 === 0) text = text.replaceAll(/"(\w+)": /g, "$1: "); // half look like YAML
    for (let count = 1 + random.integer(4); count > 0 && text.length > 0; count--) {
      text = mutate(text, random);
    }
    const wrong = misbehaviour(text);
    assert.equal(wrong, null, `mutation ${index}: ${wrong}\n${text}`);
    try {
      parsePipeline(text, "fuzz.yaml", CONTEXT);
      accepted++;
    } catch {
      // Counted only: misbehaviour() has looked at the error.
    }
  }
  assert.ok(accepted > 5 && accepted < MUTATIONS / 2, `accepted ${accepted}`);
});
