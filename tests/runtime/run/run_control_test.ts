import assert from "node:assert/strict";
import { WorkflowFailedError } from "@temporalio/client";
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
} from "@temporalio/common";
import { describeOthers, endingOfFailure } from "../../../runtime/run/run_control.ts";

function workflowFailed(cause: Error): WorkflowFailedError {
  return new WorkflowFailedError("Workflow execution failed", cause, RetryState.TIMEOUT);
}

/** What the workflow of a group of stages threw, as the workflow above it sees it. */
function inActivity(cause: Error): Error {
  const activity = new ActivityFailure(
    "Activity task failed",
    "openRun",
    "1",
    RetryState.TIMEOUT,
    "",
    cause,
  );
  return new ChildWorkflowFailure(
    "default",
    { workflowId: "w", runId: "r" },
    "w",
    RetryState.TIMEOUT,
    activity,
  );
}

Deno.test("endingOfFailure() takes class and message of one and the same error", () => {
  const below = new Error("what the disk said");
  const thrown = ApplicationFailure.create({
    type: "StoreAccessError",
    message: "Cannot write: expected a writable directory",
    cause: below,
  });
  for (const failure of [thrown, inActivity(thrown)]) {
    assert.throws(() => endingOfFailure(workflowFailed(failure)), {
      name: "StoreAccessError",
      message: "Cannot end the run: Cannot write: expected a writable directory",
      exitStatus: 1,
    });
  }
  const invalid = ApplicationFailure.create({
    type: "InvalidInputError",
    message: "Cannot use it",
  });
  assert.throws(() => endingOfFailure(workflowFailed(inActivity(invalid))), { exitStatus: 2 });
});

Deno.test("endingOfFailure() tells a failure with a summary and a cancelled run", () => {
  const summary = { status: "failed" };
  const failed = ApplicationFailure.create({
    type: "RunFailed",
    message: "m",
    details: [{ summary }],
  });
  assert.deepEqual(endingOfFailure(workflowFailed(failed)), { status: "failed", summary });
  const terminated = workflowFailed(new TerminatedFailure("terminated"));
  assert.deepEqual(endingOfFailure(terminated), { status: "cancelled", summary: null });
  assert.equal(endingOfFailure(new Error("the server does not answer")), null);
});

Deno.test("describeOthers() names a few runs, and how to stop one", () => {
  assert.equal(
    describeOthers(["reach/1"]),
    "Also in progress on this data directory, with the same workers: reach/1. To stop one: " +
      '"deno task pause reach/1", or cancel',
  );
  const many = Array.from({ length: 7 }, (_, i) => `reach/${i + 1}`);
  assert.match(describeOthers(many), /: reach\/1, [^.]*, reach\/5 and 2 more\. To stop one/);
});
