import assert from "node:assert/strict";
import { join } from "node:path";
import { acquireLock } from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";

const CHILD = new URL("_lock_holder.ts", import.meta.url).pathname;

Deno.test("acquireLock() keeps out another owner, naming the holder, until it is released", () =>
  withDirectory(async (directory) => {
    const first = await acquireLock(directory, "reach-a");
    await assert.rejects(acquireLock(directory, "reach-b"), {
      name: "StageBusyError",
      message: `Cannot use "${directory}": expected it free, found it held by "reach-a" (process ` +
        `${Deno.pid}): it is used as soon as that run is done with it`,
    });
    await first.release();
    await using _second = await acquireLock(directory, "reach-b");
  }));

Deno.test("acquireLock() lets the same owner in again, and holds until the last release", () =>
  withDirectory(async (directory) => {
    const locks = await Promise.all([1, 2, 3].map(() => acquireLock(directory, "reach-a")));
    for (const lock of locks) {
      await assert.rejects(acquireLock(directory, "reach-b"), { name: "StageBusyError" });
      await lock.release();
    }
    await using _other = await acquireLock(directory, "reach-b");
  }));

Deno.test("acquireLock() lets one of many owners in", () =>
  withDirectory(async (directory) => {
    const owners = Array.from({ length: 12 }, (_, i) => `owner-${i}`);
    const results = await Promise.allSettled(
      owners.map((owner) => acquireLock(directory, owner)),
    );
    const held = results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
    assert.equal(held.length, 1);
    await held[0]!.release();
  }));

Deno.test("acquireLock() takes over from a process that was killed", () =>
  withDirectory(async (directory) => {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", CHILD, directory, "reach-a"],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read(); // it says when it holds the lock
    await assert.rejects(acquireLock(directory, "reach-b"), { name: "StageBusyError" });
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await using _lock = await acquireLock(directory, "reach-b");
  }));

/** Makes the only holder of a lock look as if it had last been seen five minutes ago. */
async function age(directory: string): Promise<string> {
  for await (const { name } of Deno.readDir(join(directory, "lock"))) {
    if (!name.endsWith(".json")) continue;
    const path = join(directory, "lock", name), { mtime } = await Deno.stat(path);
    const old = new Date(mtime!.getTime() - 300_000);
    await Deno.utime(path, old, old);
    return path;
  }
  throw new Error("nobody holds the lock");
}

Deno.test("acquireLock() takes nothing from a process of this machine, however late the clock has it", () =>
  withDirectory(async (directory) => {
    await using _first = await acquireLock(directory, "reach-a");
    await age(directory);
    await assert.rejects(acquireLock(directory, "reach-b"), { name: "StageBusyError" });
  }));

Deno.test("acquireLock() takes over from another machine when the heartbeat is old", () =>
  withDirectory(async (directory) => {
    const first = await acquireLock(directory, "reach-a");
    const path = await age(directory), text = await Deno.readTextFile(path);
    await first.release();
    const elsewhere = JSON.stringify({ ...JSON.parse(text), machine: "elsewhere" });
    await Deno.writeTextFile(path, elsewhere);
    await assert.rejects(acquireLock(directory, "reach-b"), { name: "StageBusyError" });
    await age(directory);
    await using _second = await acquireLock(directory, "reach-b");
  }));

/** Containers may have one name and equal pids, and a file system may show no lock of another. */
Deno.test("acquireLock() waits for the lease of another machine of the same name", () =>
  withDirectory(async (directory) => {
    const first = await acquireLock(directory, "reach-a");
    const path = await age(directory), text = await Deno.readTextFile(path);
    await first.release();
    await Deno.writeTextFile(path, JSON.stringify({ ...JSON.parse(text), machine: "other" }));
    await assert.rejects(acquireLock(directory, "reach-b"), { name: "StageBusyError" });
  }));
