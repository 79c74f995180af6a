import assert from "node:assert/strict";
import { hostname } from "node:os";
import { join } from "node:path";
import { acquireLock, removeStrays, writeFileAtomically } from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";

/** A temporary of a process that cannot be told from one of another container. */
const STRAY = `.c.0.9999999-${hostname()}.0123abcd.tmp`;

async function leaveStrays(stage: string): Promise<readonly string[]> {
  const strays = [join(stage, STRAY), join(stage, "shards", STRAY)];
  await Deno.mkdir(join(stage, "shards"), { recursive: true });
  for (const path of strays) await Deno.writeTextFile(path, "half");
  return strays;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("removeStrays() removes temporaries while nobody holds the lock of the stage", () =>
  withDirectory(async (stage) => {
    const strays = await leaveStrays(stage);
    await writeFileAtomically(join(stage, "shards", "c.0"), "whole");
    assert.equal(await removeStrays(stage), 2);
    for (const path of strays) assert.ok(!await exists(path));
    assert.ok(await exists(join(stage, "shards", "c.0")));
    assert.equal(await removeStrays(join(stage, "nowhere")), 0);
  }));

Deno.test("removeStrays() does not walk through what is committed", () =>
  withDirectory(async (stage) => {
    const shard = join(stage, "shards", "000000"), deep = join(shard, "data", STRAY);
    await Deno.mkdir(join(shard, "data"), { recursive: true });
    await Deno.writeTextFile(deep, "half");
    await writeFileAtomically(join(shard, "commit.json"), "{}");
    await Deno.writeTextFile(join(shard, STRAY), "half");
    assert.equal(await removeStrays(stage), 1);
    assert.ok(await exists(deep)); // "deno task clean" finds it
  }));

/** Another machine deleted a live temporary: its writer met ENOENT. */
Deno.test("removeStrays() leaves temporaries while someone, here or elsewhere, holds the lock", () =>
  withDirectory(async (stage) => {
    const strays = await leaveStrays(stage);
    const lock = await acquireLock(stage, "reach-a");
    assert.equal(await removeStrays(stage), 0);
    await lock.release();
    // A holder on another machine, whose kernel's locks are not seen here.
    const holder = { owner: "reach-a", pid: 9999999, host: hostname(), machine: "elsewhere" };
    const file = join(stage, "lock", "holder.json");
    await Deno.writeTextFile(file, JSON.stringify(holder));
    assert.equal(await removeStrays(stage), 0);
    for (const path of strays) assert.ok(await exists(path));
    const old = new Date(Date.now() - 300_000);
    await Deno.utime(file, old, old);
    assert.equal(await removeStrays(stage), 2);
  }));
