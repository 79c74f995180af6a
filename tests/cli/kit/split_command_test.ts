import assert from "node:assert/strict";
import { splitCommand } from "../../../cli/kit/split_command.ts";
import { shellWord } from "../../../cli/kit/command_line.ts";
import { createRandom } from "../../../core/random.ts";

Deno.test("splitCommand() keeps together what quotes and backslashes do", () => {
  assert.deepEqual(splitCommand("python my_policy.py"), ["python", "my_policy.py"]);
  assert.deepEqual(splitCommand("  a\t'b c'  \"d 'e'\" f\\ g '' "), [
    "a",
    "b c",
    "d 'e'",
    "f g",
    "",
  ]);
  assert.deepEqual(splitCommand(`a"b"'c'd "\\"\\$\\x"`), ["abcd", '"$\\x']);
  assert.deepEqual(splitCommand(""), []);
});

Deno.test("splitCommand() does nothing else that a shell does", () => {
  assert.deepEqual(splitCommand("$HOME * ~ a;b `c` >d"), ["$HOME", "*", "~", "a;b", "`c`", ">d"]);
});

Deno.test("splitCommand() takes apart what shellWord() joins", () => {
  const alphabet = ["a", " ", "'", '"', "\\", "$", "\n", "é", "-"];
  for (let i = 0; i < 300; i++) {
    const random = createRandom(1, "split-command", i);
    const words = Array.from(
      { length: random.integer(5) },
      () => Array.from({ length: random.integer(6) }, () => alphabet[random.integer(9)]).join(""),
    );
    assert.deepEqual(splitCommand(words.map(shellWord).join(" ")), words);
  }
});

Deno.test("splitCommand() refuses a quote that is not closed", () => {
  for (const text of ["a 'b", 'a "b', "a\\"]) assert.throws(() => splitCommand(text), /close it/);
});
