import assert from "node:assert/strict";
import { join } from "node:path";
import type { FailureTask } from "../../../activities/nightly_types.ts";
import {
  failureVariables,
  readFailureCommand,
  removeFailureCommand,
  runFailureCommand,
  storeFailureCommand,
} from "../../../runtime/schedule/failure_command.ts";
import { DamagedStoreError, InvalidInputError } from "../../../core/errors.ts";

const TASK: FailureTask = {
  schedule: "nights",
  pipeline: "reach-expert",
  date: "2026-11-21",
  error: { name: "ReproductionError", message: 'Cannot reproduce "merge"; $(rm -rf /)' },
  directory: "runs/reach-expert/0007",
};

async function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-failure-" });
  try {
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("failureVariables() name the run and its report, or nothing where none was opened", () => {
  const variables = failureVariables("/data", TASK);
  assert.equal(variables["SLUICE_RUN"], "reach-expert/0007");
  assert.equal(variables["SLUICE_RUN_DIRECTORY"], "/data/runs/reach-expert/0007");
  assert.equal(variables["SLUICE_REPORT"], "/data/runs/reach-expert/0007/report.html");
  const none = failureVariables("/data", { ...TASK, directory: null, date: null });
  for (const name of ["SLUICE_RUN", "SLUICE_RUN_DIRECTORY", "SLUICE_REPORT", "SLUICE_DATE"]) {
    assert.equal(none[name], "");
  }
});

Deno.test("runFailureCommand() gives the exit status and keeps the output", () =>
  withRoot(async (root) => {
    await storeFailureCommand(root, "nights", 'echo "told: $SLUICE_ERROR"; echo worse >&2; exit 9');
    assert.equal(await runFailureCommand(root, TASK), 9);
    const log = await Deno.readTextFile(join(root, "temporal", "on-failure.log"));
    assert.match(log, /told: Cannot reproduce "merge"; \$\(rm -rf \/\)\nworse\n/);
    assert.match(log, /exit status 9\n$/);
    const modeOf = (...names: string[]) => Deno.statSync(join(root, ...names)).mode! & 0o777;
    assert.equal(modeOf("schedules"), 0o700);
    assert.equal(modeOf("schedules", "nights.json"), 0o600);
    assert.equal(modeOf("temporal"), 0o700);
    assert.equal(modeOf("temporal", "on-failure.log"), 0o600);
  }));

Deno.test("runFailureCommand() runs the command when the message is what no variable can be", () =>
  withRoot(async (root) => {
    storeFailureCommand(root, "nights", 'test -n "$SLUICE_ERROR"');
    const error = { name: "Error", message: "\0" + "é".repeat(500_000) };
    assert.equal(await runFailureCommand(root, { ...TASK, error }), 0);
  }));

Deno.test("runFailureCommand() gives 128 and the signal when a signal ends the command", () =>
  withRoot(async (root) => {
    await storeFailureCommand(root, "nights", "kill -9 $$");
    assert.equal(await runFailureCommand(root, TASK), 137);
  }));

Deno.test("runFailureCommand() gives null when the schedule has no command, or no more", () =>
  withRoot(async (root) => {
    assert.equal(await runFailureCommand(root, TASK), null);
    await storeFailureCommand(root, "nights", "exit 9");
    removeFailureCommand(root, "nights");
    assert.equal(await runFailureCommand(root, TASK), null);
    removeFailureCommand(root, "nights");
  }));

Deno.test("readFailureCommand() names a file with other content", () =>
  withRoot(async (root) => {
    await storeFailureCommand(root, "nights", "exit 9");
    for (const text of ["", "{", "null", '{"command": 3}']) {
      await Deno.writeTextFile(join(root, "schedules", "nights.json"), text);
      assert.throws(() => readFailureCommand(root, "nights"), DamagedStoreError);
    }
  }));

Deno.test("readFailureCommand() reads no file but that of a schedule's name", () => {
  assert.throws(() => readFailureCommand("/data", "../../etc/passwd"), InvalidInputError);
});
