import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  findDeadWorkers,
  hasWorker,
  identityOf,
  isWithinReach,
  listWorkers,
  registerWorker,
} from "../../../runtime/services/worker_registry.ts";

Deno.test("listWorkers() knows the living workers of this machine and forgets the dead", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-registry-" });
  try {
    assert.deepEqual(listWorkers(root), []);
    const traits = { build: "b", resources: ["learn"], lasting: false, kernels: "native AVX2" };
    {
      using _worker = registerWorker(root, { ...traits, parent: 1 });
      const [worker] = listWorkers(root);
      assert.equal(worker?.pid, Deno.pid);
      assert.equal(worker.parent?.pid, 1);
      assert.ok(hasWorker(root, "b"));
      assert.ok(!hasWorker(root, "b", { lasting: true }));
      assert.ok(!hasWorker(root, "c"));
      const isDead = findDeadWorkers(root);
      assert.equal(isDead(identityOf(worker)), false);
      // Of equal host and pid, as containers have them.
      assert.equal(isDead(identityOf({ ...worker, instance: "other" })), true);
      assert.equal(isDead(identityOf({ ...worker, machine: "elsewhere" })), false);
      assert.ok(isWithinReach(worker));
      assert.ok(!isWithinReach({ ...worker, namespace: "pid:[1]" }));
    }
    assert.deepEqual(listWorkers(root), []);

    // Killed: its file is there, its lock is not, and its pid is another process's.
    const file = join(root, "temporal", "workers", "killed.json");
    const killed = { ...traits, pid: Deno.pid, boot: 0, host: hostname(), parent: null };
    await Deno.writeTextFile(file, JSON.stringify(killed));
    assert.deepEqual(listWorkers(root), []);
    assert.ok(!existsSync(file));

    // On another machine, whose locks are not seen here: it may live.
    await Deno.writeTextFile(file, JSON.stringify({ ...killed, machine: "elsewhere" }));
    assert.deepEqual(listWorkers(root), []);
    assert.ok(existsSync(file));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
