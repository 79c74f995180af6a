import assert from "node:assert/strict";
import { compileCondition, type EpisodeRecord } from "../../../store/episodes/condition.ts";

const EPISODE: EpisodeRecord = {
  success: true,
  length: 41,
  duration: 2.05,
  return: -7.5,
  split: "train",
  start: [0.5, -1],
};
const FIELDS = Object.keys(EPISODE);

function meets(text: string): boolean {
  return compileCondition(text, FIELDS)(EPISODE);
}

Deno.test("compileCondition() means what JavaScript means", () => {
  const { success, length, duration, split, start } = EPISODE;
  const conditions: readonly (readonly [string, boolean])[] = [
    ["success", success === true],
    ["!success || length >= 41", Number(length) >= 41],
    ["success && duration > 2", Number(duration) > 2],
    ["return < -7 && return > -8", true],
    ["length % 2 == 1", true],
    ["length - 1 == 2 * 20", true],
    ["1 + 2 * 3 == 7 && (1 + 2) * 3 == 9", true],
    ["split == 'train' && split !== \"test\"", split === "train"],
    ["start[0] + start[1] < 0", Array.isArray(start)],
    ["false || true && false", false],
  ];
  for (const [text, expected] of conditions) assert.equal(meets(text), expected, text);
});

Deno.test("compileCondition() does not evaluate what && and || need not", () => {
  assert.equal(meets("success || start[9] > 0"), true);
  assert.throws(() => meets("success && start[9] > 0"), { name: "InvalidInputError" });
});

Deno.test("compileCondition() refuses what is no condition, with the remedy", () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ["succes", /did you mean "success"/],
    ["success &&", /cannot be read/],
    ["success = false", /expected/],
    ["length", /compare it with something/],
    ["split > 2", /a number, found "train"/],
    ["split == 2", /two values of one type/],
    ["start == start", /whose components/],
    ["start > 1", /whose components/],
    ["length ^ 2", /operator, found "\^"/],
    ["null == null", /found Literal/],
    ["this", /found ThisExpression/],
    ["length.constructor", /found MemberExpression/],
    ["constructor", /known fields/],
    ["fetch('x')", /found CallExpression/],
    ["success ? length : 1", /found ConditionalExpression|cannot be read/],
    ["[1]", /found ArrayExpression|cannot be read/],
    ["", /found/],
  ];
  for (const [text, message] of faults) {
    assert.throws(() => meets(text), { name: "InvalidInputError", message }, text);
  }
});

Deno.test("compileCondition() shows with a caret where a text cannot be read", () => {
  const faults: readonly (readonly [string, string])[] = [
    ["success &&", "          ^"],
    ["success = false", "        ^"],
    ["(length > 2", "           ^"],
    ["success and length > 2", "        ^"],
    ["success\tlength", "        ^"],
  ];
  for (const [text, caret] of faults) {
    assert.throws(() => meets(text), ({ message }: Error) => {
      const [, shown, below] = message.split("\n");
      assert.deepEqual([shown, below], [`  ${text.replace("\t", " ")}`, `  ${caret}`]);
      return true;
    });
  }
});

Deno.test("compileCondition() tells that an empty text is no condition", () => {
  for (const text of ["", "  "]) {
    assert.throws(() => meets(text), {
      name: "InvalidInputError",
      message: /found none: write one/,
    });
  }
});
