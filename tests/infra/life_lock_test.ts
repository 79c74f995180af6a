import assert from "node:assert/strict";
import { dirname } from "node:path";
import { isHeld, startHolding } from "../../infra/temporal/life_lock.ts";
import { endProcess, startDetached } from "../../infra/temporal/process.ts";

/** A descriptor that no process of a test has open. */
const CLOSED = 1019;

Deno.test("startHolding() starts a process again whose descriptor another thread has closed", async () => {
  const path = await Deno.makeTempFile({ prefix: "sluice-life-" });
  const log = `${path}.log`;
  let count = 0;
  const process = await startHolding(path, (descriptor) =>
    startDetached("sleep", ["60"], {
      cwd: dirname(path),
      log,
      env: Deno.env.toObject(),
      input: count++ === 0 ? CLOSED : descriptor,
    }));
  assert.equal(count, 2);
  assert.ok(isHeld(path));
  await endProcess(process, 0);
  assert.ok(!isHeld(path));
  await Promise.all([path, log].map((file) => Deno.remove(file)));
});

Deno.test("startHolding() tells why a process does not start", async () => {
  const path = await Deno.makeTempFile({ prefix: "sluice-life-" });
  const failed = startHolding(path, () => Promise.reject(new RangeError("no process")));
  await assert.rejects(failed, { message: "no process" });
  assert.ok(!isHeld(path));
  await Deno.remove(path);
});
