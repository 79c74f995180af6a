import assert from "node:assert/strict";
import { htmlText } from "../../view/html.ts";
import { renderProgress } from "../../view/sections/progress.ts";
import { createReport } from "./_model.ts";

Deno.test("renderProgress() shows a band over time, steps to success and what failed", async () => {
  assert.equal(await renderProgress([]), null);
  const [report] = createReport("evaluate").progress;
  const page = htmlText((await renderProgress([report!]))!);
  for (
    const text of [
      "Progress over time: coverage",
      "Steps to success",
      "1,234",
      "0.93",
      "0.71",
      "replay pusht-policy/3/evaluate",
    ]
  ) {
    assert.ok(page.includes(text), text);
  }
  assert.equal(page.match(/<svg/g)?.length, 2);
  const variant = await renderProgress([{ ...report!, stage: "validation[round=1]" }]);
  assert.match(
    htmlText(variant!),
    /replay &#39;pusht-policy\/3\/validation\[round=1\]&#39; --episode/,
  );
  const solved = { ...report!, failed: 0, failures: [] };
  assert.match(htmlText((await renderProgress([solved]))!), /No episode failed/);
  const hopeless = htmlText((await renderProgress([{ ...report!, steps: null }]))!);
  assert.equal(hopeless.match(/<svg/g)?.length, 1);
});
