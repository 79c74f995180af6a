import assert from "node:assert/strict";
import { visibleText } from "../../core/visible_text.ts";

Deno.test("visibleText() shows what would control the terminal or turn the text", () => {
  assert.equal(
    visibleText("a\u202eb\x1b[2Jc\0\ud800\u200b"),
    "a\\u{202e}b\\u{1b}[2Jc\\u{0}\\u{d800}\\u{200b}",
  );
  assert.equal(visibleText("Достичь цель – 到达\n\t👍"), "Достичь цель – 到达\n\t👍");
});
