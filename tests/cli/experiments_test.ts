import assert from "node:assert/strict";
import { join } from "node:path";
import { definePipeline } from "../../pipelines/mod.ts";
import { TaskDirectory } from "./_task_directory.ts";

/** An evaluation of a policy of the environment: quick, and as good as any other here. */
function evaluation(named: string) {
  return {
    kind: "evaluate",
    policy: { named },
    environment: "reach",
    episodes: 16,
    shard: 16,
    stream: "unseen",
  } as const;
}

const EXPERIMENT = definePipeline({
  name: "experiment",
  stages: {
    random: evaluation("random"),
    expert: evaluation("scripted"),
    compare: { kind: "compare", from: ["random", "expert"] },
    gate: { kind: "gate", from: "expert", conditions: ["success_rate >= 0.9"] },
  },
});

/** Batches of episodes, of which the first says it all. */
const BATCHES = definePipeline({
  name: "batches",
  stages: {
    random: { ...evaluation("random"), matrix: { seed: [1, 2, 3] } },
    expert: { ...evaluation("scripted"), matrix: { seed: [1, 2, 3] } },
    compare: { kind: "compare", from: ["random", "expert"], sequential: {} },
  },
});

const FAILING = 'gate.conditions=["success_rate >= 0.9", "mean_episode_length <= 1"]';

Deno.test("experiments from the command line", async (t) => {
  await using site = new TaskDirectory();
  const declaration = site.write("experiment.json", EXPERIMENT);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await site.run("pipeline", [declaration, "--json", ...args]);
    return { code, stderr, summary: stdout === "" ? null : JSON.parse(stdout) };
  };

  await t.step("what cannot be compared or judged is refused before anything starts", async () => {
    const refusals = [
      ['gate.conditions=["success_rat >= 0.9"]', /did you mean "success_rate"/],
      ["compare.metric=succes_rate", /did you mean "success_rate"/],
      ["expert.stream=other", /"random" and "expert" do not share their episodes: stream/],
      ["expert.randomize=true", /do not share their episodes: randomize/],
      ["gate.against=experiment/1", /expected a path, or a pipeline that has run/],
      ['gate.conditions=["success_rate = 1"]', /expected METRIC >= NUMBER/],
      ["compare.baseline=expertt", /did you mean "expert"/],
    ] as const;
    for (const [set, expected] of refusals) {
      const { code, stderr } = await run("--plan", "--set", set);
      assert.equal(code, 2, set);
      assert.match(stderr, expected);
    }
  });

  await site.serve();
  await t.step("a comparison finds the better policy, a gate lets it pass", async () => {
    const { code, summary, stderr } = await run();
    assert.equal(code, 0, stderr);
    const { counts, metrics } = summary.stages.compare;
    assert.deepEqual([counts.pairs, counts.better], [1, 1]);
    assert.equal(metrics.verdict, "better");
    assert.equal(summary.stages.gate.counts.failed, 0);
    const report = Deno.readTextFileSync(join(site.root, "runs/experiment/0001/report.html"));
    assert.match(report, /<h2 id="comparison">/);
    assert.match(report, /expert is better than random/);
  });

  const junit = join(site.path, "results.xml");
  await t.step("a gate fails the run, and says what failed by how much", async () => {
    const { code, summary } = await run("--set", FAILING, "--junit", junit);
    assert.equal(code, 1);
    assert.equal(summary.status, "failed");
    assert.equal(summary.error.name, "GateFailedError");
    assert.match(summary.error.message, /mean_episode_length of "expert" <= 1, found .* too high/);
    assert.match(Deno.readTextFileSync(junit), /<testsuite [^>]*failures="1" errors="0"/);
    const report = Deno.readTextFileSync(join(site.root, "runs/experiment/0002/report.html"));
    assert.match(report, /GateFailedError/);
  });

  await t.step("the verdict of a gate is found again, and fails again", async () => {
    const { code, summary } = await run("--set", FAILING);
    assert.equal(code, 1);
    assert.equal(summary.stages.gate.cached, true);
    assert.equal(summary.error.name, "GateFailedError");
  });

  await t.step("a gate compares with a stored run", async () => {
    const against = ["--set", "gate.against=experiment/1/expert"];
    assert.equal((await run(...against)).code, 0);
    // As if failures were what one wants, so that the expert is the worse of both.
    const reversed = ["--set", "gate.against=experiment/1/random", "--set", "gate.better=lower"];
    const { code, summary } = await run(...reversed);
    assert.equal(code, 1);
    assert.match(summary.error.message, /that of experiment\/1\/random is .*, margin 0/);
  });

  await t.step("compare sets stored evaluations beside each other", async () => {
    const names = ["experiment/1/random", "experiment/1/expert"];
    const { metric, pairs } = JSON.parse(await site.expect("compare", ...names, "--json"));
    assert.equal(metric, "success_rate");
    const [pair] = pairs;
    assert.deepEqual([pair.a, pair.b, pair.verdict], [...names, "better"]);
    assert.equal(pair.method, "exact McNemar");
    assert.match(await site.expect("compare", ...names), /experiment\/1\/expert is better than /);
    for (const args of [["experiment/1"], [names[0]!, names[0]!], [...names, "--metric", "x"]]) {
      assert.equal((await site.run("compare", args)).code, 2, args.join(" "));
    }
  });

  await t.step("runs tabulates figures, seeds and digests", async () => {
    const listed = JSON.parse(await site.expect("runs", "experiment", "--json"));
    assert.equal(listed[0].figures["expert.success_rate"], 1);
    assert.equal(listed[0].seeds.expert, 0);
    assert.equal(listed[1].overrides["gate.conditions"].length, 2);
    assert.match(await site.expect("runs", "--to", "csv"), /^pipeline,run,status/);
    assert.equal((await site.run("runs", ["--to", "parquet"])).code, 2);
  });

  await t.step("a sequential comparison stops at the look that decides", async () => {
    const batches = site.write("batches.json", BATCHES);
    const { notNeeded, stages } = JSON.parse(await site.expect("pipeline", batches, "--json"));
    assert.deepEqual(Object.keys(stages).sort(), [
      "compare[look=1]",
      "expert[seed=1]",
      "random[seed=1]",
    ]);
    assert.equal(stages["compare[look=1]"].counts.decided, 1);
    assert.equal(notNeeded.length, 6);
    const again = JSON.parse(await site.expect("pipeline", batches, "--json"));
    assert.deepEqual(again.notNeeded, notNeeded);
    assert.equal(again.stages["compare[look=1]"].digest, stages["compare[look=1]"].digest);
  });
});
