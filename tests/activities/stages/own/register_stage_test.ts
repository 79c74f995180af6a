import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  registerStage,
  type StageDefinition,
} from "../../../../activities/stages/own/register_stage.ts";
import type { WholeOperation } from "../../../../activities/stages/operation.ts";
import { stageOperation } from "../../../../activities/stages/stage_operations.ts";
import type { StageTask } from "../../../../activities/types.ts";
import { InvalidInputError } from "../../../../core/errors.ts";
import { checkPipeline, describeParameters, kindOf } from "../../../../pipelines/mod.ts";

type Table = Record<never, never>;
type Run = NonNullable<StageDefinition<Table>["run"]>;

const BASE = {
  summary: "Tries something",
  parameters: {},
  reads: {},
  gives: "table",
  codeVersion: 1,
  work: { shape: "whole", resource: "simulate" },
} as const;

let count = 0;

/** Registers a kind of a new name that does this. @returns Its name */
function register(run: Run, changes: Partial<StageDefinition<Table>> = {}): string {
  return registerStage<Table>({ ...BASE, kind: `try-${count++}`, run, ...changes }).kind;
}

/** Carries out one stage of a kind in a data root of its own. */
async function executeStage(kind: string, root: string, signal = new AbortController().signal) {
  const { run } = stageOperation(kind) as WholeOperation; // that is what register() makes
  const place = `stages/${kind}-0123456789ab`;
  const stage = {
    ...{ name: "own", kind, work: kindOf({ kind }).work, from: [], external: [], parameters: {} },
    ...{ seed: 1, stream: "own", key: "k", manifestKey: "k", directory: place, commit: place },
  };
  const task: StageTask = {
    ...{ directory: "", base: "", stage, inputs: [], inputStages: [], owner: "test", build: "" },
  };
  return await run(task, { root, signal, now: () => new Date(0), onProgress: () => {} });
}

async function inRoot<Result>(work: (root: string) => Promise<Result>): Promise<Result> {
  const root = await Deno.makeTempDir({ prefix: "sluice-own-" });
  try {
    return await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("registerStage() refuses names that are taken or none, and a kind that does nothing", () => {
  const run: Run = () => Promise.resolve({});
  const name = register(run);
  const cases: readonly [Partial<StageDefinition<Table>>, RegExp][] = [
    [{ kind: name }, /expected a new name, found one that is taken: rename it/],
    [{ kind: "train" }, /expected a new name, found one that is taken: rename it/],
    [{ kind: "../x" }, /expected a name of a-z/],
    [{ parameters: { seed: { type: "integer", description: "" } } }, /other names .* "seed"/],
  ];
  for (const [changes, message] of cases) {
    assert.throws(() => register(run, changes), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(() => registerStage({ ...BASE, kind: "idle" }), /expected run, found none/);
});

Deno.test("registerStage() makes parameters that are checked and described", () => {
  const { kind } = registerStage({
    ...BASE,
    kind: "thresholds",
    parameters: { level: { type: "number", min: 0, max: 1, default: 0.5, description: "Level" } },
    run: () => Promise.resolve({}),
  });
  assert.deepEqual(describeParameters(kind), [
    { name: "level", type: "number", required: false, default: 0.5, description: "Level" },
  ]);
  const found = (level: unknown) =>
    checkPipeline({ name: "x", stages: { a: { kind, level } } }).map(({ path }) => path.join("."));
  assert.deepEqual(found(0.7), []);
  assert.deepEqual(found(2), ["stages.a.level"]);
});

Deno.test("a stage of a module commits what it wrote, and nothing where it is at fault", async (t) => {
  const faults: readonly [string, Run, RegExp][] = [
    [
      "writes outside",
      ({ output }) => output.write("../x", "").then(() => ({})),
      /leads elsewhere/,
    ],
    ["writes to /", ({ output }) => output.write("/etc/x", "").then(() => ({})), /leads elsewhere/],
    ["takes a name of the store", async ({ output }) => {
      await output.write("commit.json", "{}");
      return {};
    }, /a name that the store uses itself: rename it/],
    ["writes twice", async ({ output }) => {
      await output.write("a.txt", "1");
      await output.write("a.txt", "2");
      return {};
    }, /expected each file once/],
    ["returns nothing", async ({ output }) => {
      await output.writeTable([]);
      return undefined as never; // as code without types may
    }, /expected run to return \{ counts, metrics \}.*found undefined/],
    ["counts what is no number", async ({ output }) => {
      await output.writeTable([]);
      return { counts: { rows: NaN } };
    }, /counts\.rows to be a finite number, found NaN/],
    ["writes no table", () => Promise.resolve({}), /expected a table in output, found none/],
    ["writes another type", async ({ output }) => {
      await output.writeDataset(
        { lengths: [], splits: new Uint8Array(), sources: [], schema: {} as never }, // not read
        (async function* () {})(),
      );
      return {};
    }, /expected what the kind gives, table, found a dataset/],
    ["draws without saying so", ({ random }) => {
      random("x").uniform(0, 1);
      return Promise.resolve({});
    }, /expected draws: true/],
  ];
  for (const [name, run, message] of faults) {
    await t.step(name, () =>
      inRoot(async (root) => {
        const kind = register(run);
        await assert.rejects(executeStage(kind, root), message);
        assert.ok(!existsSync(join(root, `stages/${kind}-0123456789ab/commit.json`)));
      }));
  }
});

Deno.test("a stage of a module goes on from its checkpoint to the same bytes", async () => {
  const begun: number[] = [];
  let stopAt = 2;
  const stop = new AbortController();
  const kind = register(async ({ checkpoint, output, random, signal }) => {
    const rows = (checkpoint.load() ?? []) as number[]; // what was saved below
    begun.push(rows.length);
    for (let i = rows.length; i < 5; i++) {
      rows.push(random("row", i).uniform(0, 1));
      await checkpoint.save(rows);
      if (i === stopAt) stop.abort(new Error("killed"));
      signal.throwIfAborted();
    }
    await output.writeTable(rows.map((value) => ({ value })));
    return { counts: { rows: rows.length } };
  }, { draws: true });
  const resumed = await inRoot(async (root) => {
    await assert.rejects(executeStage(kind, root, stop.signal), { message: "killed" });
    stopAt = -1;
    return await executeStage(kind, root);
  });
  const whole = await inRoot((root) => executeStage(kind, root));
  assert.deepEqual(begun, [0, 3, 0]);
  assert.equal(resumed.digest, whole.digest);
  assert.deepEqual([resumed.counts, resumed.cached], [{ rows: 5 }, false]);
});
