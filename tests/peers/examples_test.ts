import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { summaryOf, TaskDirectory } from "../cli/_task_directory.ts";

/** The examples that need PyTorch or LeRobot, from end to end in few steps. */

const { python, reason } = await pythonEnvironment("lerobot");
const skipped = reason === null ? "" : ` (skipped: ${reason})`;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Environment in which `python` is that with PyTorch, and the package of this checkout is found. */
function variables(home: string): Record<string, string> {
  return {
    PATH: `${dirname(python!)}:${Deno.env.get("PATH")}`,
    PYTHONPATH: `${ROOT}python/src`,
    PYTHONDONTWRITEBYTECODE: "1",
    HF_HOME: home,
    SLUICE_DENO: Deno.execPath(),
  };
}

/** Runs an example with smaller sizes. */
async function runExample(name: string, sizes: readonly string[]) {
  await using site = new TaskDirectory();
  const [declaration = "", module = ""] = ["yaml", "ts"].map((suffix) =>
    `${ROOT}examples/${name}/${name}.${suffix}`
  );
  const set = sizes.flatMap((size) => ["--set", size]);
  const done = await site.run("pipeline", [declaration, "--module", module, "--json", ...set], {
    env: variables(site.path),
  });
  return summaryOf(done).stages;
}

Deno.test({
  name: `examples/reach_torch trains in PyTorch and is evaluated here${skipped}`,
  ignore: python === null,
  fn: async () => {
    const { train, evaluate } = await runExample("reach_torch", [
      "generate.episodes=128",
      "train.steps=2500",
      "evaluate.episodes=20",
    ]);
    assert.equal(train!.counts["steps"], 2500);
    assert.ok(Number(train!.metrics["loss"]) < 0.01);
    assert.deepEqual([evaluate!.counts["episodes"], evaluate!.exact], [20, false]);
  },
});

Deno.test({
  name: `examples/pusht_lerobot trains ACT by lerobot-train and is evaluated here${skipped}`,
  ignore: python === null,
  fn: async () => {
    const { train, evaluate } = await runExample("pusht_lerobot", [
      "generate.episodes=4",
      "train.steps=3",
      "train.batch=2",
      "evaluate.episodes=2",
      "evaluate.maxSteps=20",
    ]);
    assert.equal(train!.counts["steps"], 3);
    assert.ok(Number(train!.metrics["loss"]) > 0);
    assert.deepEqual([evaluate!.counts["episodes"], evaluate!.exact], [2, false]);
  },
});

/** Runs a program of the environment in the folder of the package. */
async function runModule(args: readonly string[], home: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(python!, {
    args: ["-m", ...args],
    cwd: `${ROOT}python`,
    env: { ...variables(home), SLUICE_HOME: `${home}/data` },
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
}

Deno.test({
  name: `the loaders give PyTorch its windows, as docs/python.md shows${skipped}`,
  ignore: python === null,
  fn: async () => {
    await using site = new TaskDirectory();
    const tests = ["test_dataset.py", "test_loader.py", "test_docs.py"].map((name) =>
      `tests/${name}`
    );
    await runModule(["pytest", "-q", "-x", "-p", "no:cacheprovider", ...tests], site.path);
  },
});
