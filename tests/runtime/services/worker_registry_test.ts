import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  findDeadWorkers,
  hasWorker,
  identityOf,
  listWorkers,
  registerWorker,
} from "../../../runtime/services/worker_registry.ts";

Deno.test("listWorkers() knows the living workers of this machine and forgets the dead", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-registry-" });
  try {
    assert.deepEqual(listWorkers(root), []);
    const traits = { build: "b", resources: ["learn"], lasting: false, kernels: "native, AVX2" };
    {
      using _worker = registerWorker(root, { ...traits, parent: 1 });
      const [worker] = listWorkers(root);
      assert.equal(worker?.pid, Deno.pid);
      assert.equal(worker.parent?.pid, 1);
      assert.ok(hasWorker(root, "b"));
      assert.ok(!hasWorker(root, "b", { lasting: true }));
      assert.ok(!hasWorker(root, "c"));
      const isDead = findDeadWorkers(root), host = hostname();
      assert.equal(isDead(identityOf(worker)), false);
      assert.equal(isDead(identityOf({ pid: Deno.pid + 1, host })), true);
      assert.equal(isDead(identityOf({ pid: Deno.pid + 1, host: `${host}-2` })), false);
    }
    assert.deepEqual(listWorkers(root), []);

    // Killed: its file is there, its lock is not, and its pid is another process's.
    const file = join(root, "temporal", "workers", "killed.json");
    const killed = { ...traits, pid: Deno.pid, boot: 0, host: hostname(), parent: null };
    await Deno.writeTextFile(file, JSON.stringify(killed));
    assert.deepEqual(listWorkers(root), []);
    assert.ok(!existsSync(file));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
