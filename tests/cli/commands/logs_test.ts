import assert from "node:assert/strict";
import { join } from "node:path";
import { workEvent } from "../../../runtime/services/activity_log.ts";
import { LogReader } from "../../../runtime/run/log_reader.ts";
import { renderEvent } from "../../../cli/commands/logs.ts";
import { appendToLog, olderLog } from "../../../infra/log_file.ts";

function line(second: number, stage: string): string {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return JSON.stringify({ time, event: "stage", stage, state: "running" }) + "\n";
}

async function stages(reader: LogReader): Promise<unknown[]> {
  return (await reader.next()).map(({ event }) => event["stage"]);
}

Deno.test("LogReader gives the lines of all logs by time, and later only what is new", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-logs-" });
  try {
    const reader = new LogReader(join(folder, "logs"));
    assert.deepEqual(await stages(reader), []);
    const logOf = (name: string) => join(folder, "logs", `${name}-here.jsonl`);
    const work = logOf("work"), progress = logOf("progress");
    appendToLog(olderLog(work), line(0, "aside"));
    appendToLog(work, line(1, "generate") + line(4, "train"));
    appendToLog(progress, line(2, "merge") + '{"time":"2026-01-01T00:0');
    assert.deepEqual(await stages(reader), ["aside", "generate", "merge", "train"]);
    assert.deepEqual(await stages(reader), []);
    appendToLog(work, line(5, "evaluate"));
    assert.deepEqual(await stages(reader), ["evaluate"]);
    await Deno.writeTextFile(work, line(6, "again")); // put aside meanwhile
    assert.deepEqual(await stages(reader), ["again"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("renderEvent() says which run and stage, what and how many", () => {
  const time = "2026-01-01T00:00:00.000Z";
  const clock = new Date(time).toTimeString().slice(0, 8);
  const run = "reach-expert/3";
  assert.equal(
    renderEvent({
      time,
      run,
      event: "stage",
      stage: "generate",
      outcome: "committed",
      digest: "0123456789abcdef",
      pid: 7,
    }),
    `${clock}  reach-expert/3 generate  committed  digest 0123456789ab`,
  );
  assert.equal(
    renderEvent({
      time,
      run,
      event: "shard",
      stage: "filter",
      shard: 3,
      outcome: "failed",
      error: "DamagedStoreError",
      message: "Cannot read",
      attempt: 2,
    }),
    `${clock}  reach-expert/3 filter  shard 3  failed  error DamagedStoreError  Cannot read  attempt 2`,
  );
  assert.equal(renderEvent({ time, event: "note", text: "It died" }), `${clock}  It died`);
});

/** An activity that ended at its first attempt, after a quarter of a second. */
function ended(activity: string, task: Parameters<typeof workEvent>[0]["task"]) {
  return { activity, task, attempt: 1, seconds: 0.25 };
}

const DONE = { outcome: "done" } as const;

Deno.test("workEvent() tells how a run ended, with the stage and the error that ended it", () => {
  const error = { stage: "filter", name: "NothingAcceptedError", message: "Cannot deliver" };
  const task = { directory: "runs/reach-expert/0003" };
  assert.deepEqual(
    workEvent(ended("closeRun", task), DONE, { status: "failed", seconds: 3.5, error }),
    {
      event: "run",
      stage: "filter",
      outcome: "failed",
      error: "NothingAcceptedError",
      message: "Cannot deliver",
      seconds: 3.5,
    },
  );
  assert.deepEqual(workEvent(ended("openRun", {}), DONE, task), { event: "run", outcome: "begun" });
});

Deno.test("workEvent() names shards and stages, and is silent where nothing was found", () => {
  const task = { directory: "runs/reach-expert/0003", stage: { name: "rollout" } };
  const figures = { candidates: undefined, accepted: undefined, digest: "ab" };
  const whole = { ...figures, event: "stage", stage: "rollout", shard: undefined };
  assert.equal(workEvent(ended("findStage", task), DONE, null), null);
  assert.deepEqual(
    workEvent(ended("findStage", task), DONE, { cached: true, digest: "ab" }),
    { ...whole, outcome: "cached" },
  );
  assert.deepEqual(
    workEvent(ended("commitShards", task), DONE, { digest: "ab" }),
    { ...whole, outcome: "committed", seconds: 0.25 },
  );
  assert.deepEqual(
    workEvent({ ...ended("generate", { ...task, shard: 2 }), attempt: 3 }, DONE, {
      candidates: 32,
      accepted: 30,
    }),
    {
      event: "shard",
      stage: "rollout",
      shard: 2,
      outcome: "done",
      seconds: 0.25,
      attempt: 3,
      candidates: 32,
      accepted: 30,
      digest: undefined,
    },
  );
});
