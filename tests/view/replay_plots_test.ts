import assert from "node:assert/strict";
import { EpisodeView, getEnvironment, replayEpisode, rolloutCandidates } from "../../sim/mod.ts";
import { plotReplay } from "../../view/replay_plots.ts";
import { copyTable, float32 } from "../sim/_tables.ts";

Deno.test("plotReplay() plots over states, once each, and dashes what came out otherwise", async () => {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  const options = { seed: 3, stream: "generate", first: 1, count: 1 };
  const table = await rolloutCandidates({ environment, policy: "dmp", ...options });
  const schema = environment.schema({ policy: "dmp" }), steps = table.lengths[0]!;
  const replay = await replayEpisode(environment, table, { episode: 0 });
  const spoilt = copyTable(table);
  float32(spoilt.step["observation/agent_pos"])[2 * 7]! += 40;
  const plot = (recorded: typeof table) =>
    plotReplay({
      schema,
      recorded: new EpisodeView(recorded, 0),
      replayed: new EpisodeView(replay.table, 0),
      quantities: environment.quantities!,
      observations: { recorded: replay.observations, replayed: replay.observations },
    });
  const { plots, constants } = plot(table);
  for (const { lines } of plots) {
    for (const { values, dashed } of lines) {
      assert.equal(values.length, steps + 1);
      assert.equal(dashed, false);
    }
  }
  const titles = plots.map(({ title }) => title);
  assert.ok(titles.includes("action") && titles.includes("agent pos"), titles.join());
  assert.ok(!titles.includes("pos agent"), "the same numbers again");
  assert.ok(constants.some(([name]) => name === "info/goal_pose"));
  const action = plots.find(({ title }) => title === "action")!;
  assert.deepEqual(action.unit, "px");
  assert.deepEqual(action.lines.map(({ label, stepped }) => [label, stepped]), [
    ["x", true],
    ["y", true],
  ]);
  assert.equal(action.lines[0]!.values[steps], action.lines[0]!.values[steps - 1]);
  const dashed = plot(spoilt).plots.flatMap(({ title, lines }) =>
    lines.filter((line) => line.dashed).map(({ label }) => `${title} ${label}`)
  );
  assert.deepEqual(dashed, ["agent pos x"]);
});
