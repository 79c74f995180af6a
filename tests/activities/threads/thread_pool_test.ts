import assert from "node:assert/strict";
import { join } from "node:path";
import { ThreadPool } from "../../../activities/mod.ts";
import { gatherReport } from "../../../activities/report/report.ts";
import { warmReport } from "../../../activities/report/warm_report.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { renderReport } from "../../../view/report.ts";
import { JOB, JobRoot } from "../_job.ts";

/** A module of a user's, as the URL that the pool imports. */
function moduleOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** Registers a policy that never acts. */
const STUCK_POLICY = moduleOf(`
  import { registerPolicy } from ${
  JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)
};
  registerPolicy({
    name: "stuck",
    environments: ["reach"],
    codeVersion: 1,
    create: () => () => { for (;;); },
  });
`);

Deno.test("ThreadPool.run()", async (t) => {
  await using job = await JobRoot.open(); // threads take longer to start than what they do here
  const { stage, ...task } = job.task("generate");

  await t.step("throws the operation's error, of its class", async () => {
    const broken = { ...stage, parameters: { ...stage.parameters, environment: "raech" } };
    await assert.rejects(
      job.pool.run("generate", { ...task, stage: broken, shard: 0 }),
      (error) => error instanceof InvalidInputError && error.message.includes('"reach"'),
    );
    await job.runSharded("generate"); // the thread is still of use
  });

  await t.step("works off more operations than it has threads", async () => {
    const shards = await Promise.all(
      [2, 3, 4, 5, 6].map((shard) => job.pool.run("generate", { ...task, stage, shard })),
    );
    const found = shards.map(({ shard, candidates }) => [shard, candidates]);
    assert.deepEqual(found, [[2, 4], [3, 4], [4, 4], [5, 4], [6, 4]]);
  });

  await t.step("writes no other report where its code was loaded before", async () => {
    const { directory } = await job.makeRun();
    await warmReport();
    const model = await gatherReport(job.root, directory, { now: new Date() });
    assert.equal(
      await Deno.readTextFile(join(job.root, directory, "report.html")),
      await renderReport(model),
    );
  });

  await t.step(
    "takes nothing more once the pool is closed, and ends what is under way",
    async () => {
      const failed = assert.rejects(job.pool.run("generate", { ...task, stage, shard: 7 }));
      await job.pool.close();
      await failed;
      await assert.rejects(job.pool.run("generate", { ...task, stage, shard: 7 }), {
        message: /the pool is closed/,
      });
    },
  );
});

Deno.test("ThreadPool.run() takes what goes ahead before what waits, in its order", async () => {
  await using job = await JobRoot.open();
  const pool = new ThreadPool({ root: job.root, modules: [], size: 1 });
  const task = { ...job.task("generate"), first: 0, end: 1 }, order: string[] = [];
  const look = async (name: string, ahead: boolean) => {
    await pool.run("findShards", task, { ahead });
    order.push(name);
  };
  await Promise.all([
    look("first", false), // has the thread
    look("third", false),
    look("fourth", false),
    look("second", true),
    look("second too", true),
  ]);
  await pool.close();
  assert.deepEqual(order, ["first", "second", "second too", "third", "fourth"]);
});

Deno.test("ThreadPool.prepare() makes a world before the first operation", async () => {
  const root = new URL("../../../mod.ts", import.meta.url);
  const made = await Deno.makeTempFile();
  await using job = await JobRoot.open([moduleOf(`
    import { getEnvironment, registerEnvironment } from ${JSON.stringify(root.href)};
    registerEnvironment({
      ...getEnvironment("reach"),
      name: "reach-noted",
      create() {
        Deno.writeTextFileSync(${JSON.stringify(made)}, "made");
        throw new Error("no world");
      },
    });
  `)]);
  job.pool.prepare("reach-noted");
  await job.runSharded("generate"); // what fails while it prepares ends nothing
  assert.equal(await Deno.readTextFile(made), "made");
  await Deno.remove(made);
});

Deno.test("ThreadPool.run() fails where a user's module does", async () => {
  await using job = await JobRoot.open([moduleOf('throw new RangeError("broken module")')]);
  await assert.rejects(job.runSharded("generate"), {
    name: "InvalidInputError",
    message: /expected it to load, found broken module: fix the module/,
  });
});

Deno.test("ThreadPool.run() loses an operation with its thread, and no other", async () => {
  await using job = await JobRoot.open([
    moduleOf('import process from "node:process"; process.exit(3);'),
  ]);
  for (const _ of [1, 2]) {
    await assert.rejects(job.pool.run("generate", { ...job.task("generate"), shard: 0 }), {
      message: "Thread ended with code 3",
    });
  }
});

Deno.test("ThreadPool.run() gives up a shard that makes no step, and goes on", async () => {
  await using job = await JobRoot.open([STUCK_POLICY]);
  const { stage, ...task } = job.task("generate");
  const stuck = { ...stage, parameters: { ...stage.parameters, policy: "stuck" } };
  await assert.rejects(
    job.pool.run("generate", { ...task, stage: stuck, shard: 0 }, { patience: 2 }),
    { name: "StalledShardError", message: /found none for 2 s: look for an endless loop/ },
  );
  await job.pool.run("generate", { ...task, stage, shard: 0 }, { patience: 60 });
});

/** Returns how many threads a small run starts, each of which loads a module that does something. */
async function threadsOfTraining(doing: string): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-threads-" });
  const starts = JSON.stringify(`${directory}/starts`);
  const tell = `Deno.writeTextFileSync(${starts}, "+", { append: true });`;
  try {
    await using job = await JobRoot.open([moduleOf(`${tell} ${doing}`)]);
    await job.makeDataset(); // both threads of the pool
    await job.runWhole("train");
    await job.runSharded("evaluate");
    return (await Deno.readTextFile(`${directory}/starts`)).length;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("ThreadPool starts threads for work, and for no more simulations than may run", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sluice-threads-" });
  const starts = JSON.stringify(`${directory}/starts`);
  await using job = await JobRoot.open();
  const modules = [
    STUCK_POLICY,
    moduleOf(`Deno.writeTextFileSync(${starts}, "+", { append: true });`),
  ];
  const pool = new ThreadPool({ root: job.root, modules, size: 2, simulating: 1 });
  const generate = job.task("generate"), { stage } = generate;
  const shard = (shard: number) => pool.run("generate", { ...generate, shard });
  const look = () => pool.run("findShards", { ...generate, first: 0, end: 1 });
  const started = () => Deno.readTextFileSync(`${directory}/starts`).length;
  try {
    await look();
    await Promise.all([look(), look(), look()]);
    await Promise.all([shard(0), shard(1), shard(2)]);
    assert.equal(started(), 1);
    // What takes no time waits for no long shard either.
    const stuck = { ...stage, parameters: { ...stage.parameters, policy: "stuck" } };
    let hasEnded = false;
    const endless = pool.run("generate", { ...generate, stage: stuck, shard: 3 }, { patience: 60 })
      .catch(() => hasEnded = true);
    await look();
    assert.deepEqual([hasEnded, started()], [false, 2]);
    await pool.close();
    await endless;
  } finally {
    await pool.close();
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("ThreadPool keeps the thread of a training that has left little", async () => {
  assert.equal(await threadsOfTraining(""), 2);
});

Deno.test("ThreadPool ends the thread of a training that has left much", async () => {
  const arrays = "globalThis.held = new Float64Array(2 ** 25);";
  assert.equal(await threadsOfTraining(arrays), 3);
});

Deno.test("ThreadPool computes with the kernels that it is told", async () => {
  for (const [kernels, name] of [["native", /^native/], ["wasm", /^WebAssembly/]] as const) {
    await using job = await JobRoot.open([], JOB, kernels);
    await job.makeDataset();
    await job.runWhole("train");
    const file = `${job.directoryOf("train")}/provenance.json`;
    const { host } = JSON.parse(await Deno.readTextFile(file));
    assert.match(host.kernels, name);
  }
});
