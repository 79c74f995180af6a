import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { TaskDirectory } from "./_task_directory.ts";

const { python, reason } = await pythonEnvironment("tests");
const skipped = reason === null ? "" : ` (skipped: ${reason})`;

const PROGRAM = `
import json, os, pathlib, sys
data, output = map(pathlib.Path, sys.argv[1:])
info = json.loads((data / "meta/info.json").read_text())
parameters = json.loads(os.environ["SLUICE_PARAMETERS"])
print(json.dumps({"done": 1, "total": 1}))
print("counting", file=sys.stderr)
secrets = [name for name in os.environ if "TOKEN" in name or name.startswith(("AWS_", "TEMPORAL_"))]
row = {"frames": info["total_frames"], "every": parameters["every"], "secrets": len(secrets)}
(output / "table.json").write_text(json.dumps([row]))
print(json.dumps({"counts": {"frames": info["total_frames"]}}))
`;

const MODULE = `
import { registerCommand } from "@sluice/sluice";

registerCommand({
  kind: "count-frames",
  summary: "Counts the frames of a LeRobot dataset",
  command: [{python}, "count.py", "{input.merge}", "{output}"],
  directory: import.meta.dirname,
  parameters: { every: { type: "integer", min: 1, default: 2, description: "Steps" } },
  reads: { dataset: 1 },
  datasets: "lerobot",
  gives: "table",
  codeVersion: 1,
});
`;

const DECLARATION = `
name: program
stages:
  generate: { kind: generate, environment: reach, episodes: 2, maxSteps: 20 }
  merge: { kind: merge, from: generate }
  count: { kind: count-frames, from: merge, every: 3 }
`;

Deno.test({
  name: "registerCommand() makes a kind that a program of Python computes" + skipped,
  ignore: python === null,
  fn: async () => {
    await using site = new TaskDirectory();
    site.write("count.py", PROGRAM);
    const module = site.write("module.ts", MODULE.replace("{python}", JSON.stringify(python)));
    const declaration = site.write("program.yaml", DECLARATION);
    const env = { AWS_SECRET_ACCESS_KEY: "canary", GITHUB_TOKEN: "canary" };
    const { code, stdout, stderr } = await site.run(
      "pipeline",
      [declaration, "--module", module, "--json"],
      { env },
    );
    assert.equal(code, 0, stderr);
    const { stages } = JSON.parse(stdout);
    const frames = stages.merge.counts.total_steps;
    assert.deepEqual([stages.count.exact, stages.merge.exact], [false, undefined]);
    assert.equal(stages.count.counts.frames, frames);
    const table = JSON.parse(readFileSync(join(stages.count.path, "table.json"), "utf8"));
    assert.deepEqual(table, [{ frames, every: 3, secrets: 0 }]);
    assert.match(await site.expect("logs", "program"), /count {2}stderr: counting/);

    const plan = async () =>
      JSON.parse(await site.expect("pipeline", declaration, "--module", module, "--plan", "--json"))
        .stages.count;
    assert.equal((await plan()).cached, true);
    site.write("count.py", `${PROGRAM}# changed\n`);
    assert.equal((await plan()).cached, false);
  },
});
