import assert from "node:assert/strict";
import { join } from "node:path";
import { createRandom, getEnvironment, openDataset, openFlow } from "@sluice/sluice";
import { storeEpisodes } from "../pages/_stored_episodes.ts";
import { SMALL_FLOW, storeFlow } from "../pages/_stored_flow.ts";
import { savePolicy, StoreWriter } from "../../store/mod.ts";
import { withDirectory } from "../store/_episodes.ts";

Deno.test("openFlow() samples what a trained flow expects of a stored episode", () =>
  withDirectory(async (directory) => {
    const environment = getEnvironment("push-t", { engine: "chipmunk" });
    const stored = await storeEpisodes(directory, environment, { policy: "dmp", count: 2 });
    const dataset = await openDataset(stored);
    const flow = await openFlow(await storeFlow(stored, SMALL_FLOW), { samples: 64 });
    assert.deepEqual([flow.maxSteps, flow.samples], [5, 64]);
    const draw = (seed: number, ahead = 1) =>
      flow.sample(dataset, {
        episode: 1,
        step: 3,
        ahead,
        random: createRandom(seed, "futures", 0),
      });

    const drawn = await draw(1);
    assert.deepEqual(Object.keys(drawn), [...flow.fields]);
    const agents = drawn["observation/agent_pos"]!;
    assert.equal(agents.length, 64 * 2);
    // In pixels, about where the agent is, and no two alike.
    const row = dataset.episodeEnds[0]! + 3;
    const { data: [x] } = await dataset.readSteps("observation/agent_pos", row, row + 1);
    const first = Array.from({ length: 64 }, (_, i) => agents[2 * i]!);
    const mean = first.reduce((sum, value) => sum + value, 0) / 64;
    assert.ok(Math.abs(mean - Number(x)) < 60, `the agent is at ${x}, samples are about ${mean}`);
    assert.equal(new Set(first).size, 64);
    // The generator is all that is random.
    assert.deepEqual(await draw(1), drawn);
    assert.notDeepEqual(await draw(2), drawn);
    for (
      const [options, message] of [
        [{ episode: 2 }, /an episode of 0 … 1, found 2/],
        [{ step: -1 }, /a step of 0 … \d+, found -1/],
        [{ ahead: 6 }, /a time ahead of 1 … 5, found 6/],
      ] as const
    ) {
      const asked = { episode: 0, step: 0, ahead: 1, random: createRandom(1, "futures", 0) };
      await assert.rejects(flow.sample(dataset, { ...asked, ...options }), {
        name: "InvalidInputError",
        message,
      });
    }
  }));

Deno.test("openFlow() refuses a policy", () =>
  withDirectory(async (directory) => {
    const place = join(directory, "train"), writer = new StoreWriter(place);
    await savePolicy(writer, { model: "bc", config: {}, tensors: {} });
    await writer.commit({ kind: "train" });
    await assert.rejects(openFlow(place), {
      name: "InvalidInputError",
      message: /expected a predictive model \(flow\), found "bc"/,
    });
  }));
