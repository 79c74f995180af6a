import { typedData } from "../../../core/episode.ts";
import assert from "node:assert/strict";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { readPathChoice } from "../../../sim/quadruped/choice.ts";
import { float32 } from "../_tables.ts";

Deno.test("readPathChoice() reads names, and commands as equal parts of their times", () => {
  assert.equal(readPathChoice("figure8"), "figure8");
  const forward = 1, right = 3, left = 4, stand = 5;
  for (
    const [text, commands, seconds] of [
      ["stand", [stand], 1.6],
      ["forward 3.2, stand, turn_left 2", [1, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 4, 4, 4, 4, 4], 0.4],
      [" turn_right  2 ,forward 3", [right, right, forward, forward, forward], 1],
      ["turn_left 0.3,stand 0.6", [left, stand, stand], 0.3],
    ] as const
  ) {
    assert.deepEqual(readPathChoice(text), { commands, seconds }, text);
  }
});

Deno.test("readPathChoice() says what is wrong, and what was meant", () => {
  for (
    const [text, message] of [
      ["circel", /found "circel": did you mean "circle"\?$/],
      ["forward 2, trun_left", /found "trun_left": did you mean "turn_left"\?$/],
      ["forward, jump", /found "jump": choose one of commands, .*, stand$/],
      ["", /expected commands or random or .* or commands such as/],
      ["forward,", /found "forward,"/],
      ["forward two", /expected seconds in steps of 0.1 behind "forward", found "two"/],
      ["forward 1.25", /found "1.25"/],
      ["forward -1", /found "-1"/],
      ["forward 1 s", /found "1 s"/],
      ["forward 40, stand 7", /expected at most 46.4 s of commands, found 47 s/],
      ["forward 3.1, stand 0.7", /at most 29 of it in all, found 38 of 0.1 s/],
    ] as const
  ) {
    assert.throws(() => readPathChoice(text), { name: "InvalidInputError", message }, text);
  }
});

Deno.test("quadruped: declared commands are what every episode does, for the times declared", async () => {
  const table = await rolloutCandidates({
    environment: getEnvironment("quadruped", { path: "forward 2, stand 1" }),
    policy: "scripted",
    seed: 11,
    stream: "generate",
    first: 0,
    count: 2,
  });
  assert.deepEqual([...table.lengths], [750, 750]);
  const sequences = typedData(table.episode["command_sequence"]!.data, Int32Array);
  for (let episode = 0; episode < 2; episode++) {
    assert.deepEqual([...sequences.subarray(29 * episode, 29 * episode + 4)], [1, 1, 5, 0]);
    const position = float32(table.step["observation/base_pos"]).subarray(3 * 750 * episode);
    const ahead = float32(table.step["observation/path"]).subarray(15 * 750 * episode);
    const reference = (step: number) =>
      [0, 1].map((axis) => position[3 * step + axis]! + ahead[15 * step + axis]!);
    const way = ([ax, ay]: number[], [bx, by]: number[]) => Math.hypot(bx! - ax!, by! - ay!);
    // Waypoints lie 0.2 s ahead: 0.3 m/s until 1.8 s, nothing from there on.
    assert.ok(Math.abs(way(reference(0), reference(450)) - 0.54) < 1e-3);
    assert.ok(way(reference(450), reference(749)) < 1e-3);
  }
});
