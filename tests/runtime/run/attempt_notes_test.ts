import assert from "node:assert/strict";
import { AttemptNotes } from "../../../runtime/run/attempt_notes.ts";
import type { ProgressView } from "../../../runtime/run/progress.ts";
import { StallNotes } from "../../../runtime/run/stall_notes.ts";

Deno.test("AttemptNotes tells of each failed attempt once", () => {
  const notes = new AttemptNotes();
  const failed = (attempt: number, activity = "1") => ({
    stage: "train",
    activity,
    attempt,
    message: "the disk is full",
  });
  assert.deepEqual(notes.next([failed(1)]), [
    "train: attempt 1 failed, retrying: the disk is full",
  ]);
  assert.deepEqual(notes.next([failed(1)]), []);
  assert.deepEqual(notes.next([failed(3), failed(1, "2")]), [
    "train: attempts 2 to 3 failed, retrying: the disk is full",
    "train: attempt 1 failed, retrying: the disk is full",
  ]);
});

/** A run of one stage. */
function view(state: "running" | "completed", done: number): ProgressView {
  const stage = {
    stage: "train",
    kind: "train",
    state,
    shardsDone: 0,
    shardsTotal: 0,
    candidates: 0,
    accepted: 0,
    steps: 0,
    successes: 0,
    reasons: {},
    result: null,
  };
  return { run: null, paused: false, stages: [stage], live: { train: { done, total: 9 } } };
}

Deno.test("StallNotes tells of a stage that stands still, ever less often", () => {
  const notes = new StallNotes();
  const told = (seconds: number, done: number, state: "running" | "completed" = "running") =>
    notes.next(view(state, done), seconds);
  assert.deepEqual(told(0, 1), []);
  assert.deepEqual(told(59, 1), []);
  assert.deepEqual(told(60, 1), ["train has made no progress for 1 min 00 s"]);
  assert.deepEqual(told(61, 1), []);
  assert.deepEqual(told(120, 1), ["train has made no progress for 2 min 00 s"]);
  assert.deepEqual(told(130, 2), []);
  assert.deepEqual(told(189, 2), []);
  assert.deepEqual(told(190, 2), ["train has made no progress for 1 min 00 s"]);
  assert.deepEqual(told(500, 2, "completed"), []);
});

Deno.test("StallNotes is silent about stages that wait for others or for a thread", () => {
  const notes = new StallNotes();
  const told = (seconds: number, done: number) => {
    const first = view("running", done), [stage] = view("running", 0).stages;
    const stages = [...first.stages, { ...stage!, stage: "waiting" }];
    return notes.next({ ...first, stages }, seconds);
  };
  for (let minute = 0; minute < 5; minute++) assert.deepEqual(told(60 * minute, minute + 1), []);
  assert.deepEqual(told(300, 5), ["train has made no progress for 1 min 00 s"]);
});
