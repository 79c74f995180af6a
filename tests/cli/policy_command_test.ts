import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { definePipeline, runPipeline, type RunSummary } from "../../mod.ts";
import { stopServices } from "../library/_services.ts";
import { summaryOf, type Task, TaskDirectory, type TaskResult } from "./_task_directory.ts";

const { python, reason } = await pythonEnvironment("tests");
const skipped = reason === null ? "" : ` (skipped: ${reason})`;

/** A policy that moves the hand of reach towards the target, somewhat faster than it needs to. */
function sourceOf(gain: number | string): string {
  return `
import sys
sys.path.insert(0, ${JSON.stringify(fileURLToPath(new URL("../../python/src", import.meta.url)))})
import numpy as np
from sluice.serving import serve_policy

def policy(observations):
    steps = ${gain} * (observations[:, 17:20] - observations[:, 14:17])
    return np.concatenate([steps, np.zeros((len(steps), 1))], axis=1)

print("ready to act", file=sys.stderr)
serve_policy(policy)
`;
}

const MODULE = `
import { registerCommandPolicy } from "@sluice/sluice";

registerCommandPolicy({
  name: "towards",
  command: [{python}, "policy.py"],
  directory: import.meta.dirname,
  environments: ["reach"],
});
`;

const SHORT = { environment: "reach", episodes: 4, maxSteps: 40 } as const;

const REMOTE = definePipeline({
  name: "remote",
  seed: 3,
  stages: {
    generate: { kind: "generate", policy: { command: "towards" }, ...SHORT },
    merge: { kind: "merge", from: "generate" },
    evaluate: { kind: "evaluate", policy: { command: "towards" }, ...SHORT },
    expert: { kind: "evaluate", policy: { named: "scripted" }, ...SHORT },
  },
});

// One worker for all: the module stays, the file that it names changes.
Deno.test({
  name: "policy: { command } acts by a program of Python" + skipped,
  ignore: python === null,
  fn: async (t) => {
    await using site = new TaskDirectory();
    const module = site.write("module.ts", MODULE.replace("{python}", JSON.stringify(python)));
    const options = { root: site.root, modules: [module], keep: true };
    const run = (rerun = false) => runPipeline(REMOTE, { ...options, rerun });
    const cached = ({ stages }: RunSummary) => Object.values(stages).map(({ cached }) => cached);
    let first: RunSummary;
    try {
      await t.step(
        "which is not exact, nor is what reads it; what it writes is logged",
        async () => {
          site.write("policy.py", sourceOf(10));
          first = await run();
          assert.equal(first.error, undefined);
          assert.deepEqual(cached(first), [false, false, false, false]);
          const exact = Object.values(first.stages).map(({ exact }) => exact);
          assert.deepEqual(exact, [false, false, false, undefined]);
          assert.equal(first.stages["merge"]!.metrics["success_rate"], 1);
          assert.equal(first.stages["evaluate"]!.metrics["success_rate"], 1);
          const record = JSON.parse(readFileSync(join(first.directory, "run.json"), "utf8"));
          assert.equal(record.stages.evaluate.exact, false);
          assert.match(readFileSync(join(first.directory, "report.html"), "utf8"), /not exact/);
          assert.match(await site.expect("logs", "remote"), /stderr: ready to act/);
        },
      );

      await t.step("and is found again until its file changes", async () => {
        assert.deepEqual(cached(await run()), [true, true, true, true]);
        site.write("policy.py", sourceOf(0.5));
        const changed = await run();
        assert.deepEqual(cached(changed), [false, false, false, true]);
        assert.notEqual(changed.stages["evaluate"]!.digest, first.stages["evaluate"]!.digest);
      });

      await t.step("and may come to other bytes when it is run again", async () => {
        const noise = "import time; steps += 1e-3 * (time.time_ns() % 1000)\n    return np";
        site.write("policy.py", sourceOf(1).replace("return np", noise));
        await run();
        const { status, error, differed, compared } = await run(true);
        assert.equal(status, "completed", error?.message ?? "");
        assert.deepEqual(differed, ["generate", "merge", "evaluate"]);
        assert.deepEqual(compared, ["expert"]);
      });

      await t.step("and where it dies is tried again and is a named error", async () => {
        site.write("policy.py", "raise SystemExit(3)");
        const { status, error } = await run();
        assert.equal(status, "failed");
        assert.equal(error!.name, "ProgramError");
        assert.match(error!.message, /ended with status 3.*the last of several attempts/);
      });
    } finally {
      await stopServices(site.root);
    }
  },
});

const GAIN = `
import { registerCommand, registerCommandPolicy } from "@sluice/sluice";

registerCommand({
  kind: "choose-gain",
  summary: "Leaves a number",
  command: [{python}, "-c", "import sys; open(sys.argv[1] + '/gain.txt', 'w').write('10')", "{output}"],
  parameters: {},
  reads: { dataset: 1 },
  gives: "files",
  outputs: { "gain.txt": {} },
  codeVersion: 1,
});
registerCommandPolicy({
  name: "gained",
  command: [{python}, "policy.py", "{input}/gain.txt"],
  directory: import.meta.dirname,
});
`;

Deno.test({
  name: "policy: { command, from } acts by what a stage has left" + skipped,
  ignore: python === null,
  fn: async () => {
    await using site = new TaskDirectory();
    const module = site.write("module.ts", GAIN.replaceAll("{python}", JSON.stringify(python)));
    site.write("policy.py", sourceOf("float(open(sys.argv[1]).read())"));
    const declare = (policy: string) =>
      site.write(
        "gain.yaml",
        `
name: gain
stages:
  generate: { kind: generate, environment: reach, episodes: 2, maxSteps: 20 }
  merge: { kind: merge, from: generate }
  choose: { kind: choose-gain, from: merge }
  evaluate: { kind: evaluate, policy: ${policy}, environment: reach, episodes: 3, maxSteps: 40 }
`,
      );
    const run = (policy: string) =>
      site.run("pipeline", [declare(policy), "--module", module, "--json"]);
    const { stages } = summaryOf(await run("{ command: gained, from: choose }"));
    assert.equal(stages["evaluate"]!.metrics["success_rate"], 1);
    assert.equal(stages["evaluate"]!.exact, false);
    for (
      const [policy, message] of [
        ["{ command: gained }", /asks for \{input\}, found no stage/],
        ["{ command: gained, from: merge }", /policy reads gate or choose-gain, found "merge"/],
        ["{ command: gained, from: chose }", /there is no stage "chose"/],
      ] as const
    ) {
      const { code, stderr } = await run(policy);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  },
});

/** Runs "evaluate" on few episodes. */
function evaluate(site: TaskDirectory, ...args: readonly string[]): Promise<TaskResult> {
  const flags = ["--environment", "reach", "--episodes", "3", "--max-steps", "40"];
  return site.run("evaluate", [...flags, "--json", ...args]);
}

Deno.test({
  name: "--policy-command without a file is never found again" + skipped,
  ignore: python === null,
  fn: async () => {
    await using site = new TaskDirectory();
    const source = sourceOf(10).replaceAll("'", '"');
    const command = ["--policy-command", `${python} -c '${source}'`];
    const stage = summaryOf(await evaluate(site, ...command)).stages["evaluate"]!;
    assert.equal(stage.exact, false);
    assert.equal(stage.metrics["success_rate"], 1);
    const { stages } = JSON.parse((await evaluate(site, ...command, "--plan")).stdout);
    assert.equal(stages.evaluate.cached, false);
    assert.equal(stages.evaluate.exact, false);
  },
});

Deno.test("--policy-command refuses what is no command", async () => {
  await using site = new TaskDirectory();
  for (
    const [args, message] of [
      [["--policy-command", "'python"], /expected a closing '/],
      [["--policy-command", " "], /expected a program, found none/],
      [["--policy-command", "a", "--policy-command", "b"], /expected one policy, found several/],
      [["--policy-command", "nobodys-program x"], /"nobodys-program" on the PATH, found none/],
      [["--policy-command", "./missing x"], /the program "\.\/missing", found none/],
      [["--policy-command", "mine=sh -u missing.py"], /the script "missing\.py", found no file at/],
      [["--policy-command", "a", "--policy", "scripted"], /found --policy too/],
    ] as const
  ) {
    const { code, stderr } = await evaluate(site, ...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

Deno.test("every command that takes --policy-command refuses a script that is not there", async () => {
  await using site = new TaskDirectory();
  const command = ["--policy-command", "sh missing.sh"];
  const config = fileURLToPath(
    new URL("../../pipelines/shipped/pour_water/gym_config.json", import.meta.url),
  );
  const tasks: readonly (readonly [Task, ...string[]])[] = [
    ["generate", "reach"],
    ["pipeline", "reach-expert"],
    ["run-env", "--gym-config", config],
    ["schedule", "create", "reach-expert", "--daily", "02:00"],
    ["worker"],
    ["up"],
  ];
  for (const [task, ...args] of tasks) {
    const { code, stderr } = await site.run(task, [...args, ...command]);
    assert.equal(code, 2, `${task}: ${stderr}`);
    assert.match(stderr, /expected the script "missing\.sh", found no file at/);
  }
  assert.ok(!existsSync(site.root));
});

Deno.test("policy: { command } that nobody registered is refused", async () => {
  const nobody = definePipeline({
    name: "nobody",
    stages: { evaluate: { kind: "evaluate", policy: { command: "nobody" }, ...SHORT } },
  });
  await assert.rejects(runPipeline(nobody, { root: "/nonexistent" }), {
    name: "InvalidInputError",
    message: /no command "nobody" is registered/,
  });
});
