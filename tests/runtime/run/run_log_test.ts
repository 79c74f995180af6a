import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "@temporalio/activity";
import { ApplicationFailure, CancelledFailure } from "@temporalio/common";
import { WORKER_STOPPED } from "../../../core/errors.ts";
import { activityLog } from "../../../runtime/services/activity_log.ts";
import type { ProgressView } from "../../../runtime/run/progress.ts";
import { ProgressLog } from "../../../cli/render/progress_log.ts";
import { DamagedStoreError } from "../../../core/errors.ts";
import { PLAN, progressOf } from "../../cli/_progress.ts";

const DIRECTORY = "runs/reach-expert/0007";

async function withRoot(use: (root: string) => Promise<void> | void): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-run-log-" });
  try {
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Lines of all logs of the run, without what differs from time to time. */
function logged(root: string): Record<string, unknown>[] {
  const folder = join(root, DIRECTORY, "logs");
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), "utf8").trimEnd().split("\n").map((line) => {
      const { time, seconds: _, pid: __, ...rest } = JSON.parse(line);
      assert.ok(!Number.isNaN(Date.parse(time)));
      return rest;
    })
  );
}

Deno.test("ProgressLog keeps what is said before the run has a directory", () =>
  withRoot((root) => {
    const log = new ProgressLog(root, PLAN);
    const view: ProgressView = {
      run: null,
      paused: false,
      live: {},
      stages: [progressOf("merge", { state: "running" })],
    };
    log.note("Starting the Temporal server");
    log.update(view);
    assert.deepEqual(readdirSync(root), []);
    const stages = [progressOf("merge", { state: "cancelled" })];
    log.update({ ...view, stages, run: { run: 7, directory: DIRECTORY, base: "" } });
    assert.deepEqual(logged(root), [
      { event: "note", text: "Starting the Temporal server" },
      { event: "stage", stage: "merge", state: "running" },
      { run: "reach-expert/7", event: "stage", stage: "merge", state: "cancelled" },
    ]);
  }));

/** Carries out an activity of a worker that logs. */
async function perform(
  root: string,
  task: object,
  { activityType, execute }: {
    readonly activityType: string;
    readonly execute: () => Promise<unknown>;
  },
): Promise<void> {
  const context = { info: { activityType, attempt: 2 } } as Context; // all that the log asks of it
  const { inbound } = activityLog(root)(context);
  const input = { args: [task], headers: {} };
  await assert.doesNotReject(inbound!.execute!(input, execute).catch(() => {}));
}

Deno.test("activityLog() tells how the work of each activity ended, in the run that it was for", () =>
  withRoot(async (root) => {
    mkdirSync(join(root, DIRECTORY), { recursive: true });
    const shard = { directory: DIRECTORY, stage: { name: "generate" }, shard: 3 };
    const endings: (() => Promise<unknown>)[] = [
      () => Promise.resolve({ cached: false, candidates: 32, accepted: 30, reasons: {} }),
      () => Promise.reject(new DamagedStoreError("Cannot read a chunk")),
      () => Promise.reject(ApplicationFailure.retryable("Stopped", WORKER_STOPPED)),
      () => Promise.reject(new CancelledFailure("cancelled")),
    ];
    for (const execute of endings) {
      await perform(root, shard, { activityType: "generate", execute });
    }
    const opened = () => Promise.resolve({ run: 7, directory: DIRECTORY, base: "" });
    await perform(root, { plan: PLAN }, { activityType: "openRun", execute: opened });
    const found = () => Promise.resolve(null);
    await perform(root, shard, { activityType: "findStage", execute: found });
    const run = "reach-expert/7";
    const common = { run, event: "shard", stage: "generate", shard: 3, attempt: 2 };
    assert.deepEqual(logged(root), [
      { ...common, outcome: "done", candidates: 32, accepted: 30 },
      {
        ...common,
        outcome: "failed",
        error: "DamagedStoreError",
        message: "Cannot read a chunk",
      },
      { ...common, outcome: "stopped" },
      { ...common, outcome: "cancelled" },
      { run, event: "run", outcome: "begun" },
    ]);
  }));

Deno.test("activityLog() throws what the activity threw, and works where nothing can be written", () =>
  withRoot(async (root) => {
    const context = { info: { activityType: "merge", attempt: 1 } } as Context; // as in perform()
    await Deno.writeTextFile(join(root, "runs"), "in the way of the directory");
    const { inbound } = activityLog(root)(context);
    const failure = new DamagedStoreError("Cannot read a chunk");
    const input = { args: [{ directory: DIRECTORY }], headers: {} };
    await assert.rejects(inbound!.execute!(input, () => Promise.reject(failure)), failure);
    assert.equal(await inbound!.execute!(input, () => Promise.resolve(5)), 5);
  }));
