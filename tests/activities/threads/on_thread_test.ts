import assert from "node:assert/strict";
import { hostname } from "node:os";
import { ApplicationFailure } from "@temporalio/common";
import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker/lib/logger.js";
import { StoreAccessError } from "../../../core/errors.ts";
import { memoryIn, withMemory } from "../../../activities/threads/attempt_memory.ts";
import { type ActivitySetting, runOnThread } from "../../../activities/threads/on_thread.ts";

/** Every failure would be a warning with its trace. */
const SILENT = new DefaultLogger("ERROR");

/** Attempts at one activity, each with what the heartbeats of the one before told. */
class Attempts {
  #heartbeat: unknown = undefined;
  readonly #activityId = crypto.randomUUID();

  get memory() {
    return memoryIn(this.#heartbeat);
  }

  /** @param isKilled Whether the worker dies during the attempt: nothing is told any more */
  async make(
    work: () => Promise<string>,
    setting: ActivitySetting = {},
    isKilled = false,
  ): Promise<string> {
    const environment = new MockActivityEnvironment({
      activityId: this.#activityId,
      heartbeatDetails: this.#heartbeat,
    }, { logger: SILENT });
    let lives = true;
    environment.on("heartbeat", (details: unknown) => {
      if (lives) this.#heartbeat = details;
    });
    return await environment.run(() =>
      runOnThread(async () => {
        lives = !isKilled;
        return await work();
      }, setting)
    );
  }
}

/** An attempt during which the worker dies. */
const DIES = () => Promise.reject(new Error("killed"));

const DONE = () => Promise.resolve("done");

const SHARD = { shard: "generate, shard 12" };

Deno.test("runOnThread() quarantines a shard by name that ended three workers", async () => {
  const attempts = new Attempts();
  for (let death = 1; death <= 3; death++) {
    await assert.rejects(attempts.make(DIES, SHARD, true));
    assert.equal(attempts.memory.deaths, death);
  }
  await assert.rejects(attempts.make(DONE, SHARD), {
    type: "QuarantinedShardError",
    nonRetryable: true,
    details: ["3 workers died of it"],
    message: /Cannot compute "generate, shard 12": .*3 workers died of it/,
  });
});

Deno.test("runOnThread() counts no death where an attempt tells how it ended", async () => {
  const attempts = new Attempts();
  await assert.rejects(attempts.make(DIES, SHARD, true));
  for (let count = 0; count < 4; count++) await assert.rejects(attempts.make(DIES, SHARD));
  assert.equal(attempts.memory.deaths, 1);
  assert.equal(await attempts.make(DONE, SHARD), "done");
});

Deno.test("runOnThread() computes shards that may be deadly one after another", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: number[] = [];
  const running = gates.map(async (gate, index) => {
    const attempts = new Attempts();
    for (let death = 0; death < 2; death++) await assert.rejects(attempts.make(DIES, SHARD, true));
    return await attempts.make(async () => {
      begun.push(index);
      await gate.promise;
      return "done";
    }, SHARD);
  });
  while (begun.length === 0) await new Promise((resolve) => setTimeout(resolve));
  const [first] = begun;
  gates[first!]!.resolve();
  await running[first!];
  while (begun.length === 1) await new Promise((resolve) => setTimeout(resolve));
  gates[1 - first!]!.resolve();
  assert.deepEqual(await Promise.all(running), ["done", "done"]);
});

Deno.test("runOnThread() leaves an activity to another machine where its own store failed", async () => {
  const attempts = new Attempts();
  const full = () => Promise.reject(new StoreAccessError("Cannot write: the disk is full"));
  const setting = { hosts: () => Promise.resolve([hostname(), "other"]) };
  await assert.rejects(attempts.make(full, setting), (error) => {
    assert.ok(error instanceof ApplicationFailure);
    return error.type === "TransientStoreError" && !error.nonRetryable;
  });
  assert.deepEqual(attempts.memory.hosts, [hostname()]);
  await assert.rejects(attempts.make(DONE, setting), (error) => {
    return error instanceof ApplicationFailure && error.type === "HandedOn";
  });
  // Nobody took it: this machine tries again in the end.
  for (let pass = 1; pass < 8; pass++) await assert.rejects(attempts.make(DONE, setting));
  assert.equal(await attempts.make(DONE, setting), "done");
});

Deno.test("runOnThread() fails at once where no other machine has workers", async () => {
  const full = () => Promise.reject(new StoreAccessError("Cannot write: the disk is full"));
  for (const hosts of [[hostname()], []]) {
    const setting = { hosts: () => Promise.resolve(hosts) };
    await assert.rejects(new Attempts().make(full, setting), { name: "StoreAccessError" });
  }
});

Deno.test("memoryIn() reads what withMemory() wrote, and nothing from anything else", () => {
  const memory = { deaths: 2, hosts: ["a"], passes: 1 };
  assert.deepEqual(memoryIn(withMemory({ step: 3 }, memory)), memory);
  const nothing = { deaths: 0, hosts: [], passes: 0 };
  for (const details of [undefined, null, 3, { attempts: "x" }, { attempts: { deaths: "x" } }]) {
    assert.deepEqual(memoryIn(details), nothing);
  }
});
