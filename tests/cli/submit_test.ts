import assert from "node:assert/strict";
import { provideServer } from "../../runtime/services/services.ts";
import { shareServer } from "../../runtime/services/shared_server.ts";
import { definePipeline } from "../../pipelines/mod.ts";
import { TaskDirectory } from "./_task_directory.ts";

const environment = Deno.env.toObject();

const JOB = definePipeline({
  name: "submitted",
  stages: {
    generate: { kind: "generate", environment: "reach", policy: "scripted", episodes: 4 },
    merge: { kind: "merge", from: "generate" },
    train: { kind: "train", from: "merge", model: "bc", steps: 4 },
  },
});

Deno.test("pipeline --no-worker submits a run, and status says which work nobody asks for", async () => {
  await using site = new TaskDirectory();
  const declaration = site.write("submitted.json", JOB);
  const use = shareServer(site.root, environment); // else the server ends with each command
  await provideServer(site.root, { environment });
  try {
    const both = await site.run("pipeline", [declaration, "--no-worker", "--keep"]);
    assert.equal(both.code, 2, both.stderr);
    const { code, stdout, stderr } = await site.run("pipeline", [declaration, "--no-worker"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /No worker of this version asks for work yet/);
    assert.match(stdout, /^submitted-\S+ is submitted: workers of this version carry it out/);
    assert.match(stdout, /^Status: {6}deno task status$/m);
    assert.match(await site.expect("status"), /interrupted: no worker answers/);
    const worker = site.start("worker", ["--queues", "simulate", "--concurrency", "1"]);
    try {
      for (;;) {
        const [run] = JSON.parse(await site.expect("status", "--json"));
        if (run.missing.includes("learn")) break;
      }
      assert.match(await site.expect("status"), /^submitted\/1 {2}running: no worker for learn\n/);
    } finally {
      worker.kill("SIGTERM");
      await worker.output();
    }
  } finally {
    await use.release();
  }
});
