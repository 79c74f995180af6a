import assert from "node:assert/strict";
import { htmlText } from "../../view/html.ts";
import { renderWalks } from "../../view/sections/walks.ts";
import { createReport } from "./_model.ts";

Deno.test("renderWalks() shows figures, one walk from above and the error over time", async () => {
  assert.equal(await renderWalks([]), null);
  const page = htmlText((await renderWalks(createReport("circle").walks))!);
  for (
    const text of ["First walk along circle", "Tracking error over time", "0.025", "from above"]
  ) {
    assert.ok(page.includes(text), text);
  }
  assert.equal(page.match(/<svg/g)?.length, 2);
});
