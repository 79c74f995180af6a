import assert from "node:assert/strict";
import { renderReport } from "../../view/report.ts";
import { CHROMIUM, SKIPPED } from "../pages/_browser.ts";
import { createReport } from "./_model.ts";

/** What a browser makes of a page, and what its console says. */
async function openPage(file: string): Promise<{ readonly dom: string; readonly log: string }> {
  const { stdout, stderr } = await new Deno.Command(CHROMIUM!, {
    args: [
      "--headless",
      "--no-sandbox", // as root there is no other way; the page is ours
      "--disable-gpu",
      "--enable-logging=stderr",
      "--dump-dom",
      `file://${file}`,
    ],
  }).output();
  const decoder = new TextDecoder();
  return { dom: decoder.decode(stdout), log: decoder.decode(stderr) };
}

Deno.test({
  name: `renderReport() opens in Chromium without a word on its console${SKIPPED}`,
  ignore: CHROMIUM === null,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sluice-view-" });
    try {
      const file = `${directory}/report.html`;
      await Deno.writeTextFile(file, await renderReport(createReport()));
      const { dom, log } = await openPage(file);
      assert.match(dom, /<h2 id="provenance">/);
      assert.doesNotMatch(log, /CONSOLE/);
      // It would say so: a page that breaks its own policy.
      await Deno.writeTextFile(
        file,
        dom.replace("</body>", '<img src="http://127.0.0.1:9/x.png"></body>'),
      );
      assert.match((await openPage(file)).log, /CONSOLE.*Content Security Policy/s);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
