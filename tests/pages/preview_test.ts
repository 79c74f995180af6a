import assert from "node:assert/strict";
import { TaskDirectory } from "../cli/_task_directory.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "../sim/declared/_lift.ts";
import { BrowserTab, CHROMIUM, SKIPPED } from "./_browser.ts";
import { startPage } from "./_page_task.ts";

const text = (id: string) => `document.querySelector("#${id}").textContent`;
const STEP = `Number(/step (\\d+)/.exec(${text("readout")})[1])`;
const CONTROL = `document.querySelector("#control").value`;

/** Chooses an option as a person does. */
async function choose(tab: BrowserTab, id: string, value: string): Promise<void> {
  await tab.evaluate(`{
    const select = document.querySelector("#${id}");
    select.value = ${JSON.stringify(value)};
    select.dispatchEvent(new Event("change"));
  }`);
}

/** The numbers that a row of the page shows. */
function row(tab: BrowserTab, name: string): Promise<number[]> {
  return tab.evaluate(
    `Array.from(document.querySelectorAll('tr[data-name="${name}"] b'),
      (cell) => Number(cell.textContent.replace("−", "-")))`,
  );
}

Deno.test({
  name: `deno task run-env --preview in Chromium${SKIPPED}`,
  ignore: CHROMIUM === null,
  fn: async (t) => {
    await using directory = new TaskDirectory();
    await using tab = await BrowserTab.open({ width: 960, height: 600 }); // drawn without a GPU

    await t.step("an environment that comes with Sluice: reach", async (t) => {
      const page = await startPage(directory, "run-env", ["reach", "--preview", "--seed", "7"]);
      await tab.navigate(page.url);
      const start = await tab.screenshot("#viewer");

      await t.step("a step is a control period", async () => {
        await tab.click("#step");
        await tab.waitFor(`${STEP} === 1`);
        assert.match(await tab.evaluate(text("readout")), /^0\.05 s · step 1 of 200$/);
        assert.notEqual(await tab.screenshot("#viewer"), start);
        assert.notEqual(await tab.evaluate(text("reward")), "–");
      });

      await t.step("a slider acts in place of the policy", async () => {
        assert.equal(await tab.evaluate(CONTROL), "scripted");
        await tab.slide("#action-2", 1);
        await tab.waitFor(`${CONTROL} === ""`);
        const [, , before] = await row(tab, "ee_pos");
        await tab.press("ArrowRight");
        await tab.press("ArrowRight");
        await tab.waitFor(`${STEP} === 3`);
        const [, , after] = await row(tab, "ee_pos");
        assert.ok(after! > before! + 0.02, `the hand went from ${before} to ${after} m`);
      });

      await t.step("a target that is dragged is observed elsewhere", async () => {
        const seen = await tab.screenshot("#viewer");
        const before = await row(tab, "target_pos"), hand = await row(tab, "ee_pos");
        await tab.drag(`.grip[data-name="target"]`, 60, 20);
        await tab.waitFor(
          `document.querySelector('tr[data-name="target_pos"] b').textContent !== "${
            before[0]!.toFixed(3)
          }"`,
        );
        const after = await row(tab, "target_pos");
        assert.ok(Math.hypot(after[0]! - before[0]!, after[1]! - before[1]!) > 0.02);
        assert.equal(after[2], before[2], "it stays at its height");
        assert.deepEqual(await row(tab, "ee_pos"), hand);
        assert.notEqual(await tab.screenshot("#viewer"), seen);
        // Beside it the pointer turns the camera.
        const turned = await row(tab, "target_pos");
        await tab.drag("#viewer", 120, 30);
        assert.deepEqual(await row(tab, "target_pos"), turned);
      });

      await t.step("time runs to the success of the policy, which follows the target", async () => {
        await choose(tab, "control", "scripted");
        await choose(tab, "speed", "4");
        await tab.click("#run");
        await tab.waitFor(`${text("success")} === "yes" && ${text("run")} === "Continue"`);
        assert.match(
          await tab.evaluate(text("message")),
          /over: terminated by the environment, with success/,
        );
        assert.ok((await row(tab, "distance to target"))[0]! <= 0.02);
      });

      await t.step("a reset begins the next candidate", async () => {
        const before = await row(tab, "target_pos");
        await tab.click("#reset");
        await tab.waitFor(`${STEP} === 0`);
        assert.equal(await tab.evaluate(`document.querySelector("#candidate").value`), "1");
        assert.notDeepEqual(await row(tab, "target_pos"), before);
        assert.equal(await tab.evaluate(text("run")), "Run");
      });

      await t.step("another page has another environment, and no other site one", async () => {
        const socket = `new WebSocket("ws://" + ${
          JSON.stringify(new URL(page.url).host)
        } + "/live")`;
        const candidate = await tab.evaluate(`new Promise((resolve) => {
          ${socket}.onmessage = ({ data }) => resolve(JSON.parse(data).state.candidate);
        })`);
        assert.equal(candidate, 0);
        assert.equal(await tab.evaluate(`document.querySelector("#candidate").value`), "1");
        assert.deepEqual(tab.console, []);
        await tab.send("Page.navigate", { url: "data:text/html,<p>elsewhere" });
        const opened = await tab.evaluate(`new Promise((resolve) => {
          const socket = ${socket};
          socket.onopen = () => resolve("opened");
          socket.onerror = () => resolve("refused");
        })`);
        assert.equal(opened, "refused");
        tab.console.length = 0; // that it was refused
      });
      await page.interrupt();
    });

    await t.step("a declared environment: its expert's plan, live", async () => {
      const gym = directory.write("gym.json", LIFT_GYM);
      const actions = directory.write("actions.json", LIFT_ACTIONS);
      const files = ["--gym_config", gym, "--action_config", actions];
      const page = await startPage(directory, "run-env", [...files, "--preview"]);
      await tab.navigate(page.url);
      const before = await row(tab, "cube_pose");
      await tab.drag(`.grip[data-name="cube"]`, -40, 10);
      await tab.waitFor(
        `Math.abs(Number(document.querySelector('tr[data-name="cube_pose"] b').textContent) - ${
          before[0]
        }) > 0.005`,
      );
      await choose(tab, "speed", "0.25"); // slow enough to be stopped on the way
      await tab.click("#run");
      await tab.waitFor(`${text("run")} === "Pause" && ${STEP} > 0`);
      assert.equal(
        await tab.evaluate(`document.querySelector(".bar.now").textContent`),
        "approach",
      );
      await tab.click("#run"); // stops
      await tab.waitFor(`${text("run")} === "Continue"`);
      const stopped = await tab.evaluate<number>(STEP);
      assert.ok(stopped < 40, `stopped at step ${stopped}`);
      await choose(tab, "speed", "4");
      await tab.click("#run");
      await tab.waitFor(`${text("message")}.includes("plan completed")`);
      assert.equal(await tab.evaluate(STEP), 58);
      assert.equal(await tab.evaluate(text("success")), "yes");

      await page.interrupt(); // with the page open
      await tab.waitFor(`${text("message")}.includes("has stopped")`);
      assert.deepEqual(tab.console, []);
    });
    await assert.rejects(Deno.stat(directory.root), Deno.errors.NotFound); // nothing is saved
  },
});
