import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { digestsOf, resultOf, TaskDirectory } from "./_task_directory.ts";

const SMALL = {
  name: "small",
  seed: 9,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 48, shard: 2, randomize: true },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter" },
    train: { kind: "train", from: "merge", steps: 100 },
    evaluate: { kind: "evaluate", from: "train", episodes: 8, shard: 1 },
  },
};

/** Runs the job on a data root of its own. @returns Digests of all stages */
async function digestsWith(...flags: readonly string[]) {
  await using directory = new TaskDirectory();
  return digestsOf(await directory.complete(directory.write("small.json", SMALL), ...flags));
}

/** Runs the job on two worker processes of one data root. @returns Digests, and pids that worked */
async function digestsOfTwoWorkers() {
  await using directory = new TaskDirectory();
  const { root } = directory, file = directory.write("small.json", SMALL);
  const up = directory.start("up", ["--threads", "1"]);
  const ended = resultOf(up);
  await until(() => listWorkers(root).length === 1 && directory.server() !== null);
  const second = resultOf(directory.start("worker", ["--concurrency", "1", "--await-server"]));
  await until(() => listWorkers(root).length === 2);
  const summary = await directory.complete(file);
  const workers = workersIn(join(summary.directory, "logs"));
  assert.equal((await directory.run("down", [])).code, 0);
  assert.deepEqual([(await ended).code, (await second).code], [0, 0]);
  assert.deepEqual(directory.processes(), []);
  return { digests: digestsOf(summary), workers };
}

/** Pids of the processes that carried out activities of a run, by its logs. */
function workersIn(logs: string): ReadonlySet<number> {
  const lines = readdirSync(logs).filter((name) => name.startsWith("work-"))
    .flatMap((name) => Deno.readTextFileSync(join(logs, name)).trim().split("\n"));
  return new Set(lines.map((line) => JSON.parse(line).pid));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("a pipeline has the same digests with 1 and 4 threads and with two worker processes", async () => {
  const expected = await digestsWith("--threads", "1");
  assert.deepEqual(await digestsWith("--threads", "4"), expected);
  const { digests, workers } = await digestsOfTwoWorkers();
  assert.deepEqual(digests, expected);
  assert.equal(workers.size, 2);
});
