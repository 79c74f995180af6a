import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { cp as copy } from "node:fs/promises";
import { join } from "node:path";
import { parseCommand } from "../../cli/kit/parse_command.ts";
import { PIPELINE, readPipeline } from "../../cli/commands/pipeline.ts";
import { prepareRun } from "../../runtime/prepare/prepared_run.ts";
import { PIPELINES } from "../../pipelines/shipped/mod.ts";
import { digestsOf, summaryOf, TaskDirectory } from "./_task_directory.ts";

const SMALL = {
  name: "small",
  seed: 4,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 8, shard: 4 },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
    train: { kind: "train", from: "merge", steps: 50 },
    evaluate: { kind: "evaluate", from: "train", episodes: 2 },
  },
};

const CYCLE = `
name: cycle
stages:
  a: { kind: validate, from: b }
  b: { kind: filter, from: a }
`;

Deno.test("deno task pipeline", async (t) => {
  await using directory = new TaskDirectory();
  const file = directory.write("small.json", SMALL);

  await t.step("--plan says what will run, and makes nothing", async () => {
    const { code, stdout } = await directory.run("pipeline", [file, "--plan", "--json"]);
    assert.equal(code, 0);
    const { stages } = JSON.parse(stdout);
    assert.deepEqual(Object.keys(stages), Object.keys(SMALL.stages));
    assert.equal(existsSync(directory.root), false);
  });

  const result = await directory.run("pipeline", [file, "--json"]);
  const summary = summaryOf(result);

  await t.step("--json prints the summary and nothing else", () => {
    assert.equal(result.stdout.trimEnd().split("\n").length, 1);
    assert.equal(summary.status, "completed");
    assert.equal(summary.stages["evaluate"]!.counts["episodes"], 2);
    assert.ok(existsSync(join(summary.directory, "report.html")));
    assert.ok(Object.values(summary.stages).every(({ path }) => existsSync(path)));
    assert.deepEqual(directory.processes(), []);
  });

  await t.step(
    "a command that acts on a run says that it has ended, and starts nothing",
    async () => {
      const log = join(directory.root, "temporal/server.log"), before = statSync(log).size;
      for (const task of ["pause", "resume", "cancel", "status"] as const) {
        const { code, stderr } = await directory.run(task, ["small/1"]);
        assert.equal(code, 2);
        assert.match(stderr, /found one that has ended[^]*"deno task report small\/1"/);
      }
      assert.equal(statSync(log).size, before);
    },
  );

  await directory.serve();
  await t.step("uses again what is stored, whatever the number of threads", async () => {
    const { stages } = await directory.complete(file, "--threads", "1");
    assert.ok(Object.values(stages).every(({ cached }) => cached));
  });

  const other = await directory.complete(file, "--seed", "5");

  await t.step("--rerun computes beside what is stored, and fails where that differs", async () => {
    const again = await directory.complete(file, "--rerun");
    assert.ok(Object.values(again.stages).every(({ cached }) => !cached));
    assert.deepEqual(digestsOf(again), digestsOf(summary));
    // In the place of the stored dataset, another that is whole.
    const place = summary.stages["merge"]!.path;
    await Deno.remove(place, { recursive: true });
    await copy(other.stages["merge"]!.path, place, { recursive: true });
    const { code, stdout } = await directory.run("pipeline", [file, "--rerun", "--json"]);
    const { status, error } = JSON.parse(stdout);
    assert.deepEqual([code, status, error.name], [1, "failed", "ReproductionError"]);
    assert.equal(error.stage, "merge");
  });

  await t.step("--rerun tells of a stored result that is damaged", async () => {
    const commit = join(other.stages["merge"]!.path, "commit.json");
    await Deno.writeTextFile(commit, (await Deno.readTextFile(commit)).slice(0, -20));
    const args = [file, "--seed", "5", "--rerun", "--json"];
    const { code, stdout } = await directory.run("pipeline", args);
    assert.deepEqual([code, JSON.parse(stdout).error.name], [1, "DamagedStoreError"]);
  });
});

Deno.test("deno task pipeline without arguments names every shipped pipeline", async () => {
  await using directory = new TaskDirectory();
  const stdout = await directory.expect("pipeline");
  for (const name of PIPELINES.keys()) assert.match(stdout, new RegExp(`^${name} `, "m"));
  assert.equal(await directory.expect("pipeline", "--list"), stdout);
  assert.equal((await directory.run("pipeline", ["--plan"])).code, 2);
});

Deno.test("deno task pipeline refuses bad input before it makes anything", async () => {
  await using directory = new TaskDirectory();
  const { code, stdout, stderr } = await directory.run("pipeline", ["reach-exprt"]);
  assert.deepEqual([code, stdout], [2, ""], stderr);
  assert.match(stderr, /^error: .*did you mean "reach-expert"/m);
  assert.doesNotMatch(stderr, /^\s+at /m); // a stack trace
  assert.equal(existsSync(directory.root), false);
});

Deno.test("readPipeline() and prepareRun() find what is wrong before anything runs", async (t) => {
  await using directory = new TaskDirectory();
  const declare = (name: string, content: string | object) => directory.write(name, content);
  const declareDirectory = (name: string) => {
    Deno.mkdirSync(join(directory.path, name));
    return join(directory.path, name);
  };
  const merge = { ...SMALL.stages.merge, form: "validate" };
  const cases: Readonly<Record<string, readonly [args: readonly string[], message: RegExp]>> = {
    "unknown stage": [["reach-expert", "--set", "trian.steps=5"], /did you mean "train"/],
    "unknown parameter": [["reach-expert", "--set", "train.stepz=5"], /did you mean "steps"/],
    "unknown flag": [["reach-expert", "--episods", "5"], /did you mean "--episodes"/],
    "wrong type": [["reach-expert", "--set", "train.steps=many"], /train\.steps/],
    "negative count": [["reach-expert", "--episodes", "-3"], /-3/],
    "nothing": [[], /expected a name or a file/],
    "missing file": [["./nowhere.yaml"], /nowhere\.yaml/],
    "unreadable file": [[declareDirectory("folder.yaml")], /Cannot read/],
    "broken YAML": [[declare("broken.yaml", "name: [")], /broken\.yaml:1:8/],
    "YAML with aliases in a circle": [[declare("self.yaml", "name: &a [*a]")], /./],
    "cyclic graph": [[declare("cycle.yaml", CYCLE)], /a → b → a/],
    "unknown key": [[
      declare("key.json", { ...SMALL, stages: { ...SMALL.stages, merge } }),
    ], /did you mean "from"/],
  };
  for (const [name, [args, message]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await assert.rejects(prepare(directory.root, args), { name: "InvalidInputError", message });
      assert.equal(existsSync(directory.root), false);
    });
  }
});

/** What the command does before it runs anything. */
async function prepare(root: string, args: readonly string[]): Promise<void> {
  const { declaration, ...place } = await readPipeline(parseCommand(PIPELINE, args));
  await prepareRun(root, declaration, { from: "/", modules: [], ...place });
}
