import assert from "node:assert/strict";
import { visibleText } from "../../core/visible_text.ts";

Deno.test("visibleText() shows what would control the terminal or turn the text", () => {
  assert.equal(
    visibleText("a\u202eb\x1b[2Jc\0\ud800\u200b"),
    "a\\u202eb\\u001b[2Jc\\u0000\\ud800\\u200b",
  );
  assert.equal(visibleText("Достичь цель – 到达\n\t👍"), "Достичь цель – 到达\n\t👍");
  const text = { name: "\u202ex\u{e0001}\x7f", list: ["\u0085\u200d"] };
  const line = visibleText(JSON.stringify(text));
  assert.match(line, /^[ -~]*$/);
  assert.deepEqual(JSON.parse(line), text);
});
