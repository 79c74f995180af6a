import assert from "node:assert/strict";
import { parse } from "yaml";
import { checkActionConfig } from "../../../sim/action_bank/bank.ts";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";

Deno.test("docs/environments.md declares a gym config and an action config that are in order", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/environments.md", import.meta.url));
  const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block!);
  const gym = checkGymConfig(parse(blocks.find((block) => block.startsWith("id:"))!));
  assert.deepEqual(gym.findings, []);
  const actions = parse(blocks.find((block) => block.startsWith("scope:"))!);
  const { bank, findings } = checkActionConfig(actions, gym.config!);
  assert.deepEqual(findings, []);
  assert.equal(bank?.schedule.makespan, 58);
});

Deno.test("pipelines/pour_water declares two arms whose edges have a schedule", async () => {
  const read = async (name: string) =>
    JSON.parse(
      await Deno.readTextFile(
        new URL(`../../../pipelines/shipped/pour_water/${name}`, import.meta.url),
      ),
    );
  const { config, findings } = checkGymConfig(await read("gym_config.json"));
  assert.deepEqual(findings, []);
  const result = checkActionConfig(await read("action_config.json"), config!);
  assert.deepEqual(result.findings, []);
  const schedule = result.bank!.schedule;
  const times = new Map(schedule.entries.map(({ edge, ...times }) => [edge.name, times]));
  assert.ok(times.get("right_tilt")!.begin >= times.get("left_offer")!.end);
  assert.ok(times.get("left_lower")!.begin >= times.get("right_drain")!.end);
});
