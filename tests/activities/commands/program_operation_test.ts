import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { identifyProgram } from "../../../activities/commands/command_digest.ts";
import {
  type CommandDefinition,
  registerCommand,
} from "../../../activities/commands/register_command.ts";
import type { WholeOperation } from "../../../activities/stages/operation.ts";
import { stageOperation } from "../../../activities/stages/stage_operations.ts";
import type { StageTask } from "../../../activities/types.ts";
import { checkPipeline, kindOf } from "../../../pipelines/mod.ts";
import { isRunning } from "./_processes.ts";

/** Programs as stages, by shells that stand for trainers. */

const BASE = {
  summary: "Tries something",
  parameters: { steps: { type: "integer", min: 1, default: 3, description: "Steps" } },
  reads: {},
  gives: "files",
  codeVersion: 1,
} as const;

let count = 0;

/** Registers a kind of a new name whose program is a shell with a script. */
function register(
  script: string,
  changes: Partial<CommandDefinition<typeof BASE.parameters>> = {},
): string {
  const kind = `program-${count++}`;
  const command = ["/bin/sh", "-c", script, "sh", "{output}", "{checkpoint}"];
  return registerCommand({ ...BASE, kind, command, ...changes }).kind;
}

interface Attempt {
  readonly root: string;
  readonly lines: Pick<string[], "push" | "includes">;
  readonly progress: unknown[];
  readonly signal?: AbortSignal;
}

/** Carries out a stage of a kind once. */
async function attempt(kind: string, { root, lines, progress, signal }: Attempt) {
  const { run } = stageOperation(kind) as WholeOperation; // that is what register() makes
  const place = `stages/${kind}-0123456789ab`, definition = kindOf({ kind });
  const { digest } = identifyProgram({ name: kind, command: COMMANDS.get(kind)! });
  const stage = {
    ...{ name: "train", kind, work: definition.work, from: [], external: [] },
    ...{ parameters: { steps: 5 }, command: { name: kind, digest } },
    ...{ seed: 1, stream: "own", key: "k", manifestKey: "k", directory: place, commit: place },
  };
  const task: StageTask = {
    ...{ directory: "", base: "", stage, inputs: [], inputStages: [], owner: "test", build: "" },
  };
  const result = await run(task, {
    root,
    signal: signal ?? new AbortController().signal,
    now: () => new Date(0),
    onProgress: (told) => progress.push(told),
    onOutput: (line, source) => lines.push(`${source}: ${line}`),
  });
  return { result, path: join(root, place) };
}

const COMMANDS = new Map<string, readonly string[]>();

function program(
  script: string,
  changes: Partial<CommandDefinition<typeof BASE.parameters>> = {},
): string {
  const kind = register(script, changes);
  COMMANDS.set(kind, ["/bin/sh", "-c", script, "sh", "{output}", "{checkpoint}"]);
  return kind;
}

/** Lines that are heard, not kept. */
function listener(hear: (line: string) => void): Attempt["lines"] {
  return { includes: () => false, push: (line = "") => (hear(line), 0) };
}

async function inRoot(work: (attempt: Attempt) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-program-" });
  try {
    await work({ root, lines: [], progress: [] });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("registerCommand() runs a program, takes its figures and commits what it declares", () =>
  inRoot(async (site) => {
    const kind = program(
      `echo '{"done": 1, "total": 2}'
       echo working; echo careful >&2
       echo '{"metrics": {"loss": 0.5}, "counts": {"steps": 5}}'
       echo "$SLUICE_PARAMETERS" > "$1/given.json"
       mkdir "$1/parts"; echo a > "$1/parts/a"; echo b > "$1/b"`,
      { outputs: { "given.json": {}, "parts/": {}, "absent": { optional: true } } },
    );
    const { result, path } = await attempt(kind, site);
    assert.deepEqual(result.counts, { files: 2, steps: 5 });
    assert.deepEqual(result.metrics, { loss: 0.5 });
    assert.deepEqual(site.progress, [{ done: 1, total: 2 }]);
    assert.ok(site.lines.includes("stdout: working") && site.lines.includes("stderr: careful"));
    assert.equal(readFileSync(join(path, "given.json"), "utf8"), '{"steps":5}\n');
    assert.equal(readFileSync(join(path, "parts/a"), "utf8"), "a\n");
    for (const gone of ["b", "work", "checkpoints/program"]) {
      assert.equal(existsSync(join(path, gone)), false, gone);
    }
    assert.equal((await attempt(kind, site)).result.cached, true);
  }));

Deno.test("registerCommand() keeps the checkpoint of a program that was told to stop", () =>
  inRoot(async (site) => {
    const kind = program(
      `if [ -e "$2/half" ]; then cat "$2/half" > "$1/out"; exit; fi
       trap 'echo half > "$2/half"; exit 0' TERM
       echo ready; while :; do sleep 0.05; done`,
      { outputs: { "out": {} } },
    );
    const controller = new AbortController();
    const lines = listener((line) =>
      line === "stdout: ready" && controller.abort(new Error("stop"))
    );
    await assert.rejects(attempt(kind, { ...site, lines, signal: controller.signal }), /stop/);
    const { result, path } = await attempt(kind, site);
    assert.equal(result.resumedFrom, 0);
    assert.equal(readFileSync(join(path, "out"), "utf8"), "half\n");
  }));

Deno.test("registerCommand() kills a program that does not stop when told to", () =>
  inRoot(async (site) => {
    const kind = program(`trap '' TERM; echo $$; while :; do sleep 0.05; done`, {
      graceSeconds: 0.2,
    });
    const controller = new AbortController(), pids: number[] = [];
    const lines = listener((line) => {
      pids.push(Number(line.replace("stdout: ", "")));
      controller.abort(new Error("stop"));
    });
    await assert.rejects(attempt(kind, { ...site, lines, signal: controller.signal }), /stop/);
    assert.equal(isRunning(pids[0]!), false);
  }));

const FAULTS: readonly (readonly [
  what: string,
  script: string,
  changes: Partial<CommandDefinition<typeof BASE.parameters>>,
  error: { readonly name: string; readonly message: RegExp },
])[] = [
  ["fails", "echo no luck >&2; exit 4", {}, {
    name: "ProgramError",
    message: /found status 4, the last line of its standard error "no luck"/,
  }],
  ["leaves nothing", "true", { outputs: { "model.bin": {} } }, {
    name: "InvalidInputError",
    message: /"model.bin".*expected it in the output, found nothing/,
  }],
  ["leaves a link", 'ln -s /etc/passwd "$1/model.bin"', { outputs: { "model.bin": {} } }, {
    name: "InvalidInputError",
    message: /"model.bin".*expected a file, found a link/,
  }],
  ["leaves a link below", 'mkdir "$1/d"; ln -s / "$1/d/x"', { outputs: { "d/": {} } }, {
    name: "InvalidInputError",
    message: /"d\/x".*expected a file, found a link/,
  }],
  ["leaves too much", 'echo 12345 > "$1/m"', { outputs: { m: { maxBytes: 5 } } }, {
    name: "InvalidInputError",
    message: /"m".*expected at most 5 bytes, found 6/,
  }],
  ["leaves no table", 'echo "[1]" > "$1/table.json"', { gives: "table" }, {
    name: "InvalidInputError",
    message: /"table.json".*expected a list of rows/,
  }],
  ["leaves no ONNX", 'echo "<html>" > "$1/policy.onnx"', { gives: "policy" }, {
    name: "InvalidInputError",
    message: /"policy.onnx".*expected an ONNX model, found other bytes/,
  }],
];

for (const [what, script, changes, error] of FAULTS) {
  Deno.test(`registerCommand() names what is wrong with a program that ${what}`, () =>
    inRoot(async (site) => {
      await assert.rejects(attempt(program(script, changes), site), error);
    }));
}

Deno.test("registerCommand() refuses names, templates and secrets", () => {
  const name = register("true");
  const cases: readonly [Partial<CommandDefinition<typeof BASE.parameters>>, RegExp][] = [
    [{ kind: name }, /expected a new name, found one that is taken/],
    [{ kind: "no name" }, /expected a name/],
    [{ command: ["a", "{home}/x"] }, /\{checkpoint\} alone, found \{home\}/],
    [{ command: [] }, /expected a program and its arguments/],
    [{ variables: ["AWS_SECRET_ACCESS_KEY"] }, /expected variables without secrets/],
    [{ variables: ["TEMPORAL_ADDRESS"] }, /expected variables without secrets/],
    [{ directory: "here" }, /expected an absolute path/],
  ];
  for (const [changes, message] of cases) {
    assert.throws(() => register("true", changes), { name: "InvalidInputError", message });
  }
});

Deno.test("registerCommand() expects the inputs that its arguments name", () => {
  const kind = register("true", {
    command: ["train", "--data={input.merge}", "{output}"],
    reads: { dataset: 1 },
  });
  const declare = (name: string) => ({
    name: "p",
    stages: {
      generate: { kind: "generate", environment: "reach" },
      [name]: { kind: "merge", from: "generate" },
      own: { kind, from: name },
    },
  });
  const findings = (name: string) => checkPipeline(declare(name)).map(({ problem }) => problem);
  assert.deepEqual(findings("merge"), []);
  assert.deepEqual(findings("data"), [
    "its command asks for {input.merge}, found the inputs data",
  ]);
});
