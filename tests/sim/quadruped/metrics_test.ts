import assert from "node:assert/strict";
import { getEnvironment, rolloutCandidates, viewEpisodes } from "../../../sim/mod.ts";
import { flags } from "../_tables.ts";
import { trackOf } from "../../../sim/quadruped/metrics.ts";

const quadruped = getEnvironment("quadruped", { path: "four" });
const { measure, summarize } = quadruped.metrics!;

Deno.test("quadruped: metrics measure each path on its own, at matching times", async () => {
  const table = await rolloutCandidates({
    environment: quadruped,
    policy: "scripted",
    seed: 5,
    stream: "evaluate",
    first: 0,
    count: 5,
    maxSteps: 500,
  });
  const views = viewEpisodes(table), measured = views.map(measure), metrics = summarize(measured);
  assert.deepEqual(measured.map(({ group }) => group), [
    "circle",
    "figure8",
    "straight",
    "zigzag",
    "circle",
  ]);
  const [first, , straight, , second] = measured;
  const mean = (first!.values["mean_error"]! + second!.values["mean_error"]!) / 2;
  assert.ok(Math.abs(metrics["circle_mean_error"]! - mean) < 1e-12);
  assert.equal(
    metrics["circle_max_error"],
    Math.max(first!.values["max_error"]!, second!.values["max_error"]!),
  );
  assert.equal(metrics["straight_final_error"], straight!.values["final_error"]);
  assert.equal(metrics["falls"], 0);
  assert.equal(metrics["zigzag_falls"], 0);
  // Where the robot was seen to be, and where the path is at 0.3 m/s.
  const { reference, errors, heights } = trackOf(views[2]!, quadruped.controlHz);
  assert.equal(errors.length, 501);
  const way = Math.hypot(reference[1000]! - reference[0]!, reference[1001]! - reference[1]!);
  assert.ok(Math.abs(way - 0.6) < 1e-9, `${way} m in 2 s`);
  assert.ok(heights.every((height) => height > 0.25 && height < 0.32));
});

Deno.test("quadruped: falls are counted", async () => {
  const table = await rolloutCandidates({
    environment: quadruped,
    policy: "random",
    seed: 5,
    stream: "evaluate",
    first: 0,
    count: 4,
    maxSteps: 1000,
  });
  const metrics = summarize(viewEpisodes(table).map(measure));
  const fallen = flags(table.episode["terminated"]).filter((flag) => flag === 1).length;
  assert.ok(fallen > 0);
  assert.equal(metrics["falls"], fallen);
});
