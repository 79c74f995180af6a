import assert from "node:assert/strict";
import { join } from "node:path";
import type { Context } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { StoreAccessError, TransientStoreError, WORKER_STOPPED } from "../../../core/errors.ts";
import { Metrics } from "../../../runtime/watch/metrics.ts";
import { STUCK_MS, WorkMetrics } from "../../../runtime/watch/work_metrics.ts";
import { writeProvenance } from "../../../store/mod.ts";
import { FakeMeter } from "./_fake_meter.ts";

const DIRECTORY = "runs/reach-expert/0007";

const SHARD = { directory: DIRECTORY, stage: { name: "generate", kind: "generate" }, shard: 3 };

/** A worker that is measured, with a clock that the test sets. */
class MeasuredWorker {
  readonly meter = new FakeMeter();
  readonly metrics: WorkMetrics;
  now = 0;

  constructor(root: string) {
    this.metrics = new WorkMetrics(new Metrics(this.meter), root, () => this.now);
  }

  /** Carries out an activity. */
  async perform(activityType: string, task: object, work: () => Promise<unknown>): Promise<void> {
    const context = { info: { activityType, attempt: 1 } } as Context; // all that it is asked for
    const { inbound } = this.metrics.interceptors()(context);
    await inbound!.execute!({ args: [task], headers: {} }, work).catch(() => {});
  }
}

Deno.test("WorkMetrics counts shards, episodes, steps, runs and failures", async () => {
  const worker = new MeasuredWorker("/nowhere");
  const done = { cached: false, candidates: 32, accepted: 30, steps: 640, seconds: 2.4 };
  await worker.perform("generate", SHARD, () => Promise.resolve(done));
  await worker.perform("generate", SHARD, () => Promise.resolve({ ...done, cached: true }));
  const failures = [
    new StoreAccessError("Cannot write"),
    new TransientStoreError("Cannot read"),
    new TypeError("a module's own"),
    ApplicationFailure.retryable("Stopped", WORKER_STOPPED),
  ];
  for (const error of failures) {
    await worker.perform("generate", SHARD, () => Promise.reject(error));
  }
  await worker.perform("findStage", SHARD, () => Promise.resolve(null));
  const closed = { pipeline: "reach-expert", status: "failed", stages: {} };
  await worker.perform("closeRun", { directory: DIRECTORY }, () => Promise.resolve(closed));
  assert.deepEqual(worker.meter.values, {
    'sluice_shards_total{pipeline="reach-expert",kind="generate",outcome="computed"}': 1,
    'sluice_episodes_total{pipeline="reach-expert",kind="generate"}': 32,
    'sluice_accepted_episodes_total{pipeline="reach-expert",kind="generate"}': 30,
    'sluice_steps_total{pipeline="reach-expert",kind="generate"}': 640,
    'sluice_thread_seconds_total{pipeline="reach-expert",kind="generate"}': 2,
    'sluice_shards_total{pipeline="reach-expert",kind="generate",outcome="cached"}': 1,
    'sluice_shards_total{pipeline="reach-expert",kind="generate",outcome="failed"}': 3,
    'sluice_failures_total{kind="generate",error="StoreAccessError"}': 1,
    'sluice_store_errors_total{error="StoreAccessError"}': 1,
    'sluice_failures_total{kind="generate",error="TransientStoreError"}': 1,
    'sluice_store_errors_total{error="TransientStoreError"}': 1,
    'sluice_failures_total{kind="generate",error="other"}': 1,
    'sluice_shards_total{pipeline="reach-expert",kind="generate",outcome="stopped"}': 1,
    'sluice_runs_total{pipeline="reach-expert",status="failed"}': 1,
  });
});

Deno.test("WorkMetrics counts the bytes of a stage that was committed, once", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-metrics-" });
  try {
    const worker = new MeasuredWorker(root), path = "stages/merge-000000000000";
    await Deno.mkdir(join(root, path), { recursive: true });
    await writeProvenance(join(root, path), { stage: "merge", bytes: [4000, 700, 11] });
    const task = { directory: DIRECTORY, stage: { name: "merge", kind: "merge" } };
    for (const cached of [false, true]) {
      await worker.perform("merge", task, () => Promise.resolve({ cached, path }));
    }
    const labels = '{pipeline="reach-expert",kind="merge"';
    assert.deepEqual(worker.meter.values, {
      [`sluice_stages_total${labels},outcome="computed"}`]: 1,
      [`sluice_stored_bytes_total${labels}}`]: 4711,
      [`sluice_stages_total${labels},outcome="cached"}`]: 1,
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("WorkMetrics shows losses, and tasks without progress as stuck", async () => {
  const worker = new MeasuredWorker("/nowhere");
  const task = { directory: DIRECTORY, stage: { name: "train", kind: "train" } };
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const training = worker.perform("train", task, () => promise);
  const state = () => {
    worker.meter.values = {};
    worker.metrics.sample();
    return worker.meter.values;
  };
  const counted = (running: number, stuck: number) => ({
    'sluice_running_tasks{kind="train"}': running,
    'sluice_stuck_tasks{kind="train"}': stuck,
  });
  worker.now = STUCK_MS - 1;
  assert.deepEqual(state(), counted(1, 0));
  worker.now = STUCK_MS;
  assert.deepEqual(state(), counted(1, 1));
  worker.meter.values = {};
  worker.metrics.progress(task, { step: 10, steps: 20, loss: 0.5, stepsPerSecond: 300 });
  assert.deepEqual(worker.meter.values, {
    'sluice_training_loss{pipeline="reach-expert",stage="train"}': 0.5,
    'sluice_training_steps_per_second{pipeline="reach-expert",stage="train"}': 300,
  });
  assert.deepEqual(state(), counted(1, 0));
  resolve({ cached: false });
  await training;
  assert.deepEqual(state(), counted(0, 0));
});
