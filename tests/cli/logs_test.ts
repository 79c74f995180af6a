import assert from "node:assert/strict";
import { join } from "node:path";
import { LogReader } from "../../cli/log_reader.ts";
import { renderEvent } from "../../cli/logs.ts";
import { appendToLog, olderLog } from "../../infra/log_file.ts";

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
    const [work, progress] = ["work", "progress"].map((name) =>
      join(folder, "logs", `${name}-here.jsonl`)
    ) as [string, string]; // two names give two
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

Deno.test("renderEvent() says who, what and how many", () => {
  const time = "2026-01-01T00:00:00.000Z";
  const clock = new Date(time).toTimeString().slice(0, 8);
  assert.equal(
    renderEvent({
      time,
      event: "activity",
      activity: "commitShards",
      stage: "generate",
      outcome: "done",
      attempt: 1,
      digest: "0123456789abcdef",
      pid: 7,
    }),
    `${clock}  generate commitShards  done  digest 0123456789ab`,
  );
  assert.equal(
    renderEvent({
      time,
      event: "activity",
      activity: "filter",
      stage: "filter",
      shard: 3,
      outcome: "failed",
      error: "DamagedStoreError",
      message: "Cannot read",
      attempt: 2,
    }),
    `${clock}  filter  shard 3  failed  error DamagedStoreError  Cannot read  attempt 2`,
  );
  assert.equal(renderEvent({ time, event: "note", text: "It died" }), `${clock}  It died`);
});
