import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StageResult } from "../../activities/types.ts";
import { exportOnnx } from "../../learn/foreign.ts";
import { definePipeline, runPipeline } from "../../mod.ts";
import { stopServices } from "../library/_services.ts";
import { summaryOf, type Task, TaskDirectory } from "./_task_directory.ts";

const SMALL = definePipeline({
  name: "small",
  seed: 3,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 4, shard: 4 },
    merge: { kind: "merge", from: "generate" },
    train: { kind: "train", from: "merge", steps: 40, hidden: [8] },
  },
});

/** Runs a task that must complete, and gives its stage of a kind. */
async function runStage(
  site: TaskDirectory,
  task: "train" | "evaluate",
  ...args: readonly string[]
): Promise<Omit<StageResult, "stage">> {
  const { stages } = summaryOf(await site.run(task, [...args, "--json"]));
  return Object.values(stages).find(({ kind }) => kind === task)!; // each of these pipelines has one
}

/** A policy of zeros as ONNX. */
function zeroPolicy(inputs: number, outputs: number): Uint8Array {
  const tensor = (...shape: number[]) => ({
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  return exportOnnx({
    model: "bc",
    config: {
      observation: [{ field: "observation/x", width: inputs }],
      action: { field: "action", width: outputs },
      hidden: [2],
    },
    tensors: {
      "dense0/weight": tensor(inputs, 2),
      "dense0/bias": tensor(2),
      "dense1/weight": tensor(2, outputs),
      "dense1/bias": tensor(outputs),
      "observation/mean": tensor(inputs),
      "observation/scale": { shape: [inputs], data: new Float32Array(inputs).fill(1) },
      "action/mean": tensor(outputs),
      "action/scale": { shape: [outputs], data: new Float32Array(outputs).fill(1) },
    },
  });
}

Deno.test("deno task generate, train and evaluate", async (t) => {
  await using site = new TaskDirectory();
  await using nowhere = new TaskDirectory();
  const { path: directory, root } = site;
  const module = new URL("../library/point_mass.ts", import.meta.url).pathname;
  // One worker for all: it knows the module, and so do the commands.
  const code = ["--module", module];
  const run = await runPipeline(SMALL, { root, modules: [module], threads: 2, keep: true });
  const policy = run.stages["train"]!.path;

  await t.step("generate writes the dataset and the file that is asked for", async () => {
    const output = join(directory, "new/push.h5");
    const stdout = await site.expect(
      "generate",
      ...["point-mass", "--policy", "random", "--randomize", "--episodes", "3"],
      ...["--max-steps", "20", "--seed", "3", "--output", output, ...code],
    );
    assert.match(stdout, /total_episodes +3\ntotal_steps +60\n/);
    assert.ok(stdout.includes(`output_path         ${output}`));
    assert.ok(statSync(output).size > 1000);
  });

  await t.step("train goes on from a policy, with its widths, by run or path", async () => {
    const dataset = run.stages["merge"]!.path;
    const train = (data: string, from: string) =>
      runStage(site, "train", data, "--init-from", from, "--steps", "20", ...code);
    const byRun = await train("small", "small"), byPath = await train(dataset, policy);
    assert.equal(byRun.counts["parameters"], run.stages["train"]!.counts["parameters"]);
    assert.equal(byPath.key, byRun.key);
    assert.equal(byPath.cached, true);
  });

  await t.step("evaluate runs the policy of a run and its ONNX file alike", async () => {
    const short = ["--episodes", "2", "--max-steps", "30", ...code];
    const file = [join(policy, "policy.onnx"), "--environment", "reach"];
    const own = await runStage(site, "evaluate", "small/1", ...short);
    const onnx = await runStage(site, "evaluate", ...file, ...short);
    const [expected, found] = [own, onnx].map(({ metrics }) => Number(metrics["mean_reward"]));
    assert.ok(Math.abs(found! - expected!) < 1e-3, `${found} instead of ${expected}`);
  });

  await stopServices(root);

  await t.step("what is wrong is refused with status 2, and no directory is made", async () => {
    const file = join(directory, "new/push.h5");
    const wide = join(directory, "wide.onnx"), text = join(directory, "text.onnx");
    await Deno.writeFile(wide, zeroPolicy(21, 4));
    await Deno.writeTextFile(text, "no model");
    const inReach = ["--environment", "reach"];
    const refusals: [TaskDirectory, readonly [Task, ...string[]], RegExp][] = [
      [
        nowhere,
        ["generate", "reach", "--output", `${file}/x.h5`],
        /found a file: choose another path/,
      ],
      [nowhere, ["generate", "reach", "--module", "no.ts"], /Cannot load module "no.ts"/],
      [
        nowhere,
        ["evaluate", join(policy, "policy.onnx")],
        /expected its environment.*--environment reach or /,
      ],
      [nowhere, ["evaluate", wide, ...inReach], /observation of 20 numbers.*policy of 21/],
      [
        nowhere,
        ["evaluate", text, ...inReach],
        /Cannot open the ONNX model ".*text\.onnx": expected/,
      ],
      [nowhere, ["evaluate", `${text}x.onnx`, ...inReach], /Cannot read ".*expected an ONNX file/],
      [site, ["train", "small", "--hidden", "8,x"], /expected widths such as/],
      [
        site,
        ["train", "small", "--init-from", "small", "--hidden", "9"],
        /\[20, 9\], found \[20, 8\]/,
      ],
      [site, ["train", "/tmp"], /expected something in the data directory/],
      [site, ["merge", "small", "--into", "small"], /expected a directory, found a run/],
      [site, ["replay", "small", "--video", "x.avi"], /ending in \.mp4, found "\.avi"/],
      [site, ["verify", "small/1/trian"], /did you mean "train"/],
      [site, ["export", "small", "--output", "x.csv"], /ending in \.h5, found "\.csv"/],
    ];
    // Two at a time: each is a process.
    const queue = [...refusals];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [at, [task, ...args], message] = next;
        const { code, stderr } = await at.run(task, args);
        assert.equal(code, 2, `${task} ${args.join(" ")}: ${stderr}`);
        assert.match(stderr, message);
      }
    };
    await Promise.all([work(), work()]);
    assert.equal(existsSync(nowhere.root), false);
  });
});
