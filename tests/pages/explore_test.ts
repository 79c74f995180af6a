import assert from "node:assert/strict";
import { getEnvironment } from "../../sim/mod.ts";
import { TaskDirectory } from "../cli/_task_directory.ts";
import { BrowserTab, CHROMIUM, SKIPPED } from "./_browser.ts";
import { startPage } from "./_page_task.ts";
import { storeEpisodes } from "./_stored_episodes.ts";
import { SMALL_FLOW, storeFlow } from "./_stored_flow.ts";

const SLIDERS = [
  "start-x",
  "start-y",
  "goal-x",
  "goal-y",
  "duration",
  "stiffness",
  "weight-x0",
  "weight-x1",
  "weight-x2",
  "weight-y0",
  "weight-y1",
  "weight-y2",
  "block-x",
  "block-y",
  "block-angle",
];

const MESSAGE = `document.querySelector("#message").textContent`;
const READOUT = `document.querySelector("#readout").textContent`;
/** What the canvas holds, without the page around it. */
const CANVAS = `document.querySelector("#view").toDataURL()`;
const VECTOR = `JSON.parse(document.querySelector("#vector").textContent)`;

Deno.test({
  name: `deno task explore in Chromium${SKIPPED}`,
  ignore: CHROMIUM === null,
  fn: async (t) => {
    await using directory = new TaskDirectory();
    const environment = getEnvironment("push-t", { engine: "chipmunk" });
    const dataset = await storeEpisodes(directory.path, environment, { policy: "dmp" });
    const model = await storeFlow(dataset, SMALL_FLOW);
    const page = await startPage(directory, "explore", [model, "--seed", "7"]);
    await using tab = await BrowserTab.open();
    await tab.navigate(page.url);

    await t.step("every slider changes what is drawn", async () => {
      let before = await tab.evaluate<string>(CANVAS);
      for (const id of SLIDERS) {
        const middle = `(({ min, max, step }) => Number(min) + 0.31 * (max - min))
          (document.querySelector("#${id}"))`;
        await tab.slide(`#${id}`, await tab.evaluate<number>(middle));
        const after = await tab.evaluate<string>(CANVAS);
        assert.notEqual(after, before, `#${id} changed nothing`);
        before = after;
      }
      const unscaled = await tab.evaluate<number[]>(VECTOR);
      await tab.click("#scale-forcing");
      assert.notEqual(await tab.evaluate(CANVAS), before);
      // The box changes the path, not the numbers of the movement.
      assert.deepEqual(await tab.evaluate(VECTOR), unscaled);
      assert.equal(unscaled.length, 13);
      assert.ok(Math.abs(unscaled[5]! - 60 * (-1 + 0.31 * 2)) < 0.2, "a weight of −0.38 is −22.8");
    });

    await t.step("the agent follows the pointer that drags it", async () => {
      await tab.slide("#start-x", 256);
      await tab.slide("#start-y", 256);
      const before = await tab.evaluate<string>(CANVAS);
      await tab.drag("#view", 60, -40); // from the middle of the canvas, where it is now
      assert.notEqual(await tab.evaluate(CANVAS), before);
      const [x, y] = await tab.evaluate<[number, number]>(
        `[Number(document.querySelector("#start-x").value), Number(document.querySelector("#start-y").value)]`,
      );
      assert.ok(x > 280 && y < 240, `the agent is at ${x}, ${y}`);
    });

    await t.step("a candidate of the seed is drawn and simulated", async () => {
      await tab.evaluate(`document.querySelector("#candidate").value = "11"`);
      await tab.click("#draw");
      await tab.waitFor(`${MESSAGE}.startsWith("Candidate 11 of seed 7")`);
      const planned = await tab.evaluate(CANVAS);
      await tab.click("#simulate");
      await tab.waitFor(`${MESSAGE}.startsWith("Simulated")`);
      const steps = await tab.evaluate<number>(`Number(document.querySelector("#time").max)`);
      assert.ok(steps >= 10 && steps <= 40, `${steps} steps`);
      await tab.slide("#time", steps);
      assert.notEqual(await tab.evaluate(CANVAS), planned);
      assert.ok(await tab.evaluate<number>(`document.querySelectorAll(".plot").length`) > 2);
    });

    await t.step("samples of the flow lie over the simulation", async () => {
      await tab.slide("#time", 3);
      const before = await tab.evaluate<string>(CANVAS);
      await tab.click("#futures");
      await tab.waitFor(`${CANVAS} !== ${JSON.stringify(before)}`);
      const shown = await tab.evaluate<string>(CANVAS);
      await tab.slide("#ahead", 1);
      await tab.waitFor(`${CANVAS} !== ${JSON.stringify(shown)}`);
      await tab.click("#futures");
      assert.equal(await tab.evaluate(CANVAS), before);
    });

    await t.step("moving on forgets the simulation, and no question is refused", async () => {
      await tab.slide("#goal-x", 200);
      assert.match(await tab.evaluate(READOUT), /^Nothing to play yet/);
      assert.match(await tab.evaluate(MESSAGE), /^Move a slider/);
      assert.deepEqual(tab.console, []);
    });

    await t.step("a nonsensical question is answered with 400", async () => {
      const status = await tab.evaluate(`fetch("/simulate", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"movement": {"duration": 1e9}}',
      }).then(async (response) => [response.status, await response.text()].join(" "))`);
      assert.match(String(status), /^400 .*movement\.duration/);
    });
    await page.interrupt();
  },
});

Deno.test("deno task explore refuses what is no flow", async () => {
  await using directory = new TaskDirectory();
  const { code, stderr } = await directory.run("explore", ["nothing"]);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot find "nothing"/);
  const engine = await directory.run("explore", ["--engine", "bullet"]);
  assert.equal(engine.code, 2);
  assert.match(engine.stderr, /chipmunk/);
});
