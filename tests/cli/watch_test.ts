import assert from "node:assert/strict";
import { definePipeline } from "../../mod.ts";
import { findFreePort } from "../../infra/temporal/ports.ts";
import { wait } from "../../runtime/services/wait.ts";
import { resultOf, summaryOf, TaskDirectory } from "./_task_directory.ts";

const PIPELINE = definePipeline({
  name: "watched",
  seed: 5,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 4, shard: 2, maxSteps: 20 },
    merge: { kind: "merge", from: "generate" },
    train: { kind: "train", model: "bc", from: "merge", steps: 20, batch: 8, hidden: [8] },
  },
});

/** Asks until an answer is as expected. */
async function ask(url: string, isExpected: (answer: Response, text: string) => boolean) {
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    const text = await answer?.text() ?? "";
    if (answer !== null && isExpected(answer, text)) return text;
    await wait(100);
  }
}

Deno.test("deno task up serves health and what its worker did", async () => {
  await using site = new TaskDirectory();
  const metrics = await findFreePort(19_464), health = await findFreePort(18_086);
  const flags = ["--metrics", `127.0.0.1:${metrics}`, "--health", String(health)];
  const up = site.start("up", flags);
  try {
    const ready = await ask(`http://localhost:${health}/readyz`, ({ ok }) => ok);
    const checks = { workers: true, server: true, data: true };
    assert.deepEqual(JSON.parse(ready), { ready: true, checks });
    const declaration = site.write("watched.json", PIPELINE);
    summaryOf(await site.run("pipeline", [declaration, "--json"]));
    const text = await ask(
      `http://127.0.0.1:${metrics}/metrics`,
      (_, text) => text.includes("sluice_runs_total{"),
    );
    const value = (name: string, ...labels: string[]) => {
      const line = text.split("\n").find((line) =>
        line.startsWith(`${name}{`) && labels.every((label) => line.includes(label))
      );
      return line === undefined ? null : Number(line.split(" ").at(-1));
    };
    const pipeline = 'pipeline="watched"', kind = 'kind="generate"';
    assert.equal(value("sluice_shards_total", pipeline, kind, 'outcome="computed"'), 2, text);
    assert.equal(value("sluice_episodes_total", pipeline, kind), 4);
    assert.ok(value("sluice_steps_total", pipeline, kind)! > 0);
    assert.ok(value("sluice_stored_bytes_total", pipeline, 'kind="merge"')! > 0);
    assert.equal(value("sluice_runs_total", pipeline, 'status="completed"'), 1);
    assert.ok(value("sluice_training_loss", pipeline, 'stage="train"')! > 0);
    assert.equal(value("sluice_backlog_tasks", 'queue="simulate"'), 0);
    assert.notEqual(value("temporal_worker_task_slots_available"), null);
  } finally {
    up.kill("SIGTERM");
  }
  const { code, stderr } = await resultOf(up);
  assert.equal(code, 0, stderr);
});
