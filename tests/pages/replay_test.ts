import assert from "node:assert/strict";
import { join } from "node:path";
import { getEnvironment } from "../../sim/mod.ts";
import { TaskDirectory } from "../cli/_task_directory.ts";
import { flipBit } from "../store/_episodes.ts";
import { BrowserTab, CHROMIUM, SKIPPED } from "./_browser.ts";
import { startPage } from "./_page_task.ts";
import { storeEpisodes } from "./_stored_episodes.ts";

/** What the page says of the time that it shows. */
const READOUT = `document.querySelector("#readout").textContent`;
const STEP = `Number(/step (\\d+)/.exec(${READOUT})[1])`;

/** Drives the controls of a replay, and asks that what is seen follows. */
async function tryPlayer(tab: BrowserTab, steps: number): Promise<void> {
  const start = await tab.screenshot("#viewer"), plots = await tab.screenshot("#plots");
  assert.match(await tab.evaluate(READOUT), new RegExp(`^0\\.00 of .* step 0 of ${steps}$`));
  await tab.slide("#time", steps - 1);
  assert.equal(await tab.evaluate(STEP), steps - 1);
  assert.notEqual(await tab.screenshot("#viewer"), start);
  assert.notEqual(await tab.screenshot("#plots"), plots);
  await tab.press("Home");
  assert.ok(await tab.screenshot("#viewer") === start, "the start is not as it was");
  await tab.press("ArrowRight");
  assert.equal(await tab.evaluate(STEP), 1);
  await tab.evaluate(`document.querySelector("#speed").value = "4"`);
  await tab.click("#play");
  await tab.waitFor(`${STEP} === ${steps}`);
  assert.equal(await tab.evaluate(`document.querySelector("#play").textContent`), "Play");
  await tab.click(".plot .area");
  const middle = await tab.evaluate<number>(STEP);
  assert.ok(middle > 0.3 * steps && middle < 0.7 * steps, `a click led to step ${middle}`);
}

Deno.test({
  name: `deno task replay shows episodes in Chromium${SKIPPED}`,
  ignore: CHROMIUM === null,
  fn: async (t) => {
    await using directory = new TaskDirectory();
    await using tab = await BrowserTab.open({ width: 960, height: 600 }); // drawn without a GPU

    await t.step("an arm in 3D, whose camera turns", async () => {
      const place = join(directory.path, "reach");
      const dataset = await storeEpisodes(place, getEnvironment("reach"), { policy: "scripted" });
      const page = await startPage(directory, "replay", [dataset, "--episode", "1"]);
      await tab.navigate(page.url);
      assert.match(await tab.evaluate("document.body.innerText"), /bit-equal/);
      const steps = await tab.evaluate<number>(`Number(document.querySelector("#time").max)`);
      await tryPlayer(tab, steps);
      await tab.press("Home");
      const before = await tab.screenshot("#viewer");
      await tab.drag("#viewer", 120, 30);
      assert.notEqual(await tab.screenshot("#viewer"), before);
      // Not by the pointer, which would stay over the button and colour it.
      await tab.evaluate(`document.querySelector("#reset-view").click()`);
      assert.ok(await tab.screenshot("#viewer") === before, "the view is not as it was");
      await tab.navigate(`${page.url}episode/2/`);
      assert.match(
        await tab.evaluate("document.body.innerText"),
        /episode 2[^]*bit-equal[^]*3rd of 3/,
      );
      assert.equal(await tab.evaluate(`document.querySelector("#next")`), null);
      assert.equal(await tab.evaluate(`document.querySelector("#prev").pathname`), "/episode/1/");
      // Scrolled to the last plot, the scene is still there.
      await tab.evaluate(`scrollTo(0, document.querySelector("#plots").scrollHeight / 2)`);
      const top = `document.querySelector("#viewer").getBoundingClientRect().top`;
      const seen = await tab.evaluate<number>(top);
      assert.ok(seen >= 0 && seen < 100, `the scene is at ${seen} px`);
      assert.match(await page.interrupt(), /episode 1: bit-equal: all \d+ simulated numbers/);
    });

    await t.step("Push-T in the plane", async () => {
      const environment = getEnvironment("push-t", { engine: "chipmunk" });
      const place = join(directory.path, "push_t");
      const dataset = await storeEpisodes(place, environment, { policy: "dmp" });
      const page = await startPage(directory, "replay", [dataset, "--episode", "2"]);
      await tab.navigate(page.url);
      await tryPlayer(tab, await tab.evaluate(`Number(document.querySelector("#time").max)`));
      const text = await tab.evaluate<string>("document.body.innerText");
      for (const part of ["bit-equal", "goal", "block", "agent", "action, px"]) {
        assert.ok(text.includes(part), `the page lacks "${part}"`);
      }
      // Another site's page in the same browser gets nothing: neither reads nor loads.
      await tab.send("Page.navigate", { url: "data:text/html,<p>elsewhere" });
      const read = await tab.evaluate(
        `fetch(${JSON.stringify(page.url)}).then(() => "read", () => "refused")`,
      );
      assert.equal(read, "refused");
      tab.console.length = 0; // that it was refused
      await page.interrupt();
    });

    assert.deepEqual(tab.console, []);
  },
});

Deno.test("deno task replay compares, writes videos, and refuses what is not there", async (t) => {
  await using directory = new TaskDirectory();
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  const dataset = await storeEpisodes(directory.path, environment, { policy: "dmp" });
  const run = (...args: string[]) => directory.run("replay", [dataset, ...args]);

  await t.step("--json prints the comparison", async () => {
    const { code, stdout } = await run("--episode", "2", "--json");
    assert.equal(code, 0);
    const { equal, first, episode, steps, control_hz, compared, start } = JSON.parse(stdout);
    assert.deepEqual({ equal, first, episode, control_hz, start }, {
      equal: true,
      first: null,
      episode: 2,
      control_hz: 10,
      start: { seed: 3, stream: "generate", candidate: 2 },
    });
    assert.ok(compared > 10 * steps);
  });

  await t.step("--video writes an MP4, the same each time", async () => {
    const files = ["a.mp4", "b.mp4"].map((name) => join(directory.path, name));
    for (const file of files) {
      const { code, stderr } = await run("--video", file, "--size", "64");
      assert.equal(code, 0, stderr);
    }
    const [first, second] = await Promise.all(files.map((file) => Deno.readFile(file)));
    assert.deepEqual(first, second);
    assert.equal(new TextDecoder().decode(first!.subarray(4, 8)), "ftyp");
  });

  await t.step("a missing episode is bad input", async () => {
    const { code, stdout, stderr } = await run("--episode", "3");
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /Cannot replay --episode 3: expected 0 to 2, found no such episode/);
  });

  await t.step("damaged data are named before anything is served", async () => {
    await flipBit(join(dataset, "data/action/c.0.0"), 0.5);
    const { code, stdout, stderr } = await run();
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /array "data\/action", chunk 0/);
  });
});
