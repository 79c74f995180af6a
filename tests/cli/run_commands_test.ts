import assert from "node:assert/strict";
import { TextLineStream } from "@std/streams";
import { currentServer } from "../../runtime/services/services.ts";
import { shareServer } from "../../runtime/services/shared_server.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { definePipeline } from "../../pipelines/mod.ts";
import { TaskDirectory } from "./_task_directory.ts";

const environment = Deno.env.toObject();

/** Trains for longer than any test waits. */
const JOB = definePipeline({
  name: "endless",
  stages: {
    generate: { kind: "generate", environment: "reach", policy: "scripted", episodes: 16 },
    merge: { kind: "merge", from: "generate" },
    train: {
      kind: "train",
      from: "merge",
      model: "bc",
      steps: 5_000_000,
      checkpointEvery: 500,
      validateEvery: 10,
    },
  },
});

/** Asks for the state of training until it is as expected. */
async function untilTraining(site: TaskDirectory, expected: "running" | "paused"): Promise<void> {
  for (;;) {
    const [run] = JSON.parse(await site.expect("status", "--json"));
    const train = run?.stages.find((stage: { stage: string }) => stage.stage === "train");
    if (train?.state === expected) return;
  }
}

Deno.test("commands steer a run that goes on without a terminal", async (t) => {
  await using site = new TaskDirectory();
  const declaration = site.write("endless.json", JOB);

  await t.step("--keep returns and leaves server and worker", async () => {
    assert.match(
      await site.expect("pipeline", declaration, "--keep"),
      /is running in the background/,
    );
    assert.ok((await currentServer(site.root, environment)).own);
  });

  await t.step("status, pause and resume", async () => {
    await untilTraining(site, "running");
    assert.match(await site.expect("pause", "endless"), /Continue: deno task resume endless/);
    await untilTraining(site, "paused");
    assert.match(await site.expect("status"), /^endless\/1 {2}paused\n/);
    const report = (await site.expect("report", "endless")).trim();
    assert.match(Deno.readTextFileSync(report), /under way[^]*<h2 id="training">/);
    assert.match(
      await site.expect("resume", "endless/1"),
      /^endless\/1 is running again\. Watch it/,
    );
    await untilTraining(site, "running");
  });

  await t.step("a run that is not there is bad input", async () => {
    const { code, stderr } = await site.run("cancel", ["endles"]);
    assert.equal(code, 2);
    assert.match(stderr, /did you mean "endless"\?/);
  });

  await t.step("a run under way is not deleted", async () => {
    const { code, stderr } = await site.run("delete", ["endless/1", "--yes"]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /found one under way: "deno task cancel endless\/1" first/);
  });

  await t.step("cancel closes the run", async () => {
    assert.match(await site.expect("cancel", "endless"), /^Cancelled endless\/1\./);
    assert.match(await site.expect("status"), /^No pipeline is running/);
    const [run] = JSON.parse(await site.expect("runs", "--json"));
    assert.equal(run.status, "cancelled");
    const outcomes = (await site.expect("logs", "endless", "--json")).trim().split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ outcome }) => outcome === "cancelled").map((
        { event, run, stage },
      ) => [event, run, stage]);
    // By the pause, and for good.
    const train = ["stage", "endless/1", "train"];
    assert.deepEqual(outcomes, [train, train, ["run", "endless/1", undefined]]);
    assert.equal((await site.run("cancel", ["endless/1"])).code, 2);
    const unasked = await site.run("delete", ["endless/1"]);
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /pass --yes to free/);
    assert.match(
      await site.expect("delete", "endless/1", "--yes"),
      /stages\/train-[^]*^Deleted endless\/1\.$/m,
    );
    assert.equal(await site.expect("runs", "--json"), "[]\n");
  });

  await t.step("down ends what was left running", async () => {
    assert.match(await site.expect("down"), /^Stopped everything running on/);
    assert.deepEqual(listWorkers(site.root), []);
    assert.match(await site.expect("down"), /^Nothing is running on/);
    assert.match(await site.expect("status"), /^No pipeline is running/);
    assert.deepEqual(listWorkers(site.root), []);
    assert.match(await site.expect("down"), /^Nothing is running on/);
  });
});

Deno.test("commands that act on a run say that there is none where no server has ever run", async () => {
  await using site = new TaskDirectory();
  assert.equal(await site.expect("status", "--json"), "[]\n");
  for (const task of ["status", "pause", "resume", "cancel"] as const) {
    const { code, stderr } = await site.run(task, ["endless"]);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^error: Cannot find the run "endless": .*"deno task runs" lists finished runs/m,
    );
  }
});

/** Stands among lines of output where the interrupt was sent. */
const INTERRUPTED = "^C";

function linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  // The package is JavaScript.
  return stream.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()) as ReadableStream<string>;
}

/** A worker that commits quickly lets the command end after the first interrupt. */
function killIfAlive(command: Deno.ChildProcess): void {
  try {
    command.kill("SIGINT");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
}

/** Waits for something that must come to be. */
async function eventually(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, "waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a run and kills its command once it works. */
async function killCommand(site: TaskDirectory): Promise<void> {
  const killed = site.start("pipeline", [site.write("endless.json", JOB)]);
  for await (const line of linesOf(killed.stderr)) {
    if (line.startsWith("generate: ")) break;
  }
  killed.kill("SIGKILL");
  await Promise.all([killed.stdout.cancel(), killed.status]);
}

Deno.test("a command that is killed leaves nothing running, and its run is interrupted", async () => {
  await using site = new TaskDirectory();
  await killCommand(site);
  await eventually(() => site.processes().length === 0);
  assert.match(await site.expect("status"), /^endless\/1 {2}interrupted/);
});

Deno.test("an interrupt leaves a run that goes on, two end it at once", async () => {
  await using site = new TaskDirectory();
  const declaration = site.write("endless.json", JOB);
  for (const interrupts of [1, 2]) {
    const pipeline = site.start("pipeline", [declaration]);
    const stderr: string[] = [];
    for await (const line of linesOf(pipeline.stderr)) {
      stderr.push(line);
      if (!line.startsWith("train: ") || stderr.includes(INTERRUPTED)) continue;
      stderr.push(INTERRUPTED);
      pipeline.kill("SIGINT");
      if (interrupts === 1) continue;
      // Within a moment of the first it would be taken for the same Ctrl-C.
      await new Promise((resolve) => setTimeout(resolve, 200));
      killIfAlive(pipeline);
    }
    await pipeline.stdout.cancel();
    assert.equal((await pipeline.status).code, 130, stderr.join("\n"));
    assert.match(stderr.at(-1)!, /^Interrupted\. Committed work is kept; continue with: deno task/);
    assert.deepEqual(listWorkers(site.root), []);
    await assert.rejects(currentServer(site.root, environment));
    assert.match(
      await site.expect("status"),
      /^endless\/\d {2}interrupted[^]* continue +deno task pipeline \S+endless\.json$/m,
    );
    if (interrupts === 2) {
      assert.match(
        await site.expect("resume", "endless/2", "--keep"),
        /^endless\/2 is running in the background/,
      );
      await untilTraining(site, "running");
      break;
    }
    // Nothing runs: server and worker are started for as long as the run takes to close.
    assert.match(await site.expect("cancel", "endless"), /^Cancelled endless\/1\./);
    assert.deepEqual(listWorkers(site.root), []);
    await assert.rejects(currentServer(site.root, environment));
  }
});

Deno.test("the last that uses a server ends it, whoever started it", async () => {
  await using site = new TaskDirectory();
  const use = shareServer(site.root, environment);
  await killCommand(site);
  await eventually(() => listWorkers(site.root).length === 0);
  await site.expect("status"); // uses it, and so does this process
  assert.ok((await currentServer(site.root, environment)).own);
  await use.release();
  await assert.rejects(currentServer(site.root, environment));
});
