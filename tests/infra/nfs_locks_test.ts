import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WAIT_OF_DENO } from "../cli/_task_directory.ts";
import { buildShim } from "./_shim.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

function source(path: string): string {
  return JSON.stringify(new URL(`../../${path}`, import.meta.url));
}

/** Takes every kind of lock that there is on a data directory. */
const LOCKS = `
  import { withLock } from ${source("infra/temporal/lock.ts")};
  import { isHeld, startHolding } from ${source("infra/temporal/life_lock.ts")};
  import { shareServer } from ${source("runtime/services/shared_server.ts")};
  import { listWorkers, registerWorker } from ${source("runtime/services/worker_registry.ts")};
  import { acquireLock } from ${source("store/mod.ts")};
  const [root] = Deno.args;
  const use = shareServer(root, {});
  {
    using _ = registerWorker(root, { build: "b", resources: [], lasting: false, kernels: null });
    if (listWorkers(root).length !== 1) throw new Error("the worker is not seen");
    await use.release();
  }
  await shareServer(root, {}).release();
  await withLock(root + "/a.lock", () => Promise.resolve());
  await startHolding(root + "/life", () => Promise.reject("nothing starts")).catch(() => {});
  if (isHeld(root + "/life")) throw new Error("nobody holds it");
  await (await acquireLock(root + "/stage", "one")).release();
  await (await acquireLock(root + "/stage", "two")).release();
  console.log("all locks were taken");
  Deno.exit(0);
`;

/** Announces the use of a server that the environment names. */
const NAMED = `
  import { shareServer } from ${source("runtime/services/shared_server.ts")};
  const [root] = Deno.args;
  await shareServer(root, { TEMPORAL_ADDRESS: "cluster:7233" }).release();
  console.log("no lock was taken");
  Deno.exit(0);
`;

const shim = await buildShim();

/** Runs a script on a data directory whose file system has the locks of NFS. */
async function runOnNfs(script: string, locks: "1" | "none"): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "sluice-nfs-" });
  try {
    const file = join(root, "script.ts");
    await Deno.writeTextFile(file, script);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", `--config=${CONFIG}`, file, root],
      env: { LD_PRELOAD: shim!, SLUICE_SHIM_NFS: locks },
    }).output();
    const text = new TextDecoder();
    return text.decode(stdout) + text.decode(stderr).replaceAll(WAIT_OF_DENO, "");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/**
 * Linux's NFSv4 client answers EBADF where the mode of a descriptor does not fit its lock. Seen red
 * with `users.lock` opened for writing alone: "Bad file descriptor (os error 9)".
 */
Deno.test({
  name: "every lock of a data directory can be taken on NFSv4",
  ignore: shim === null,
  fn: async () => assert.equal(await runOnNfs(LOCKS, "1"), "all locks were taken\n"),
});

Deno.test({
  name: "shareServer() takes no lock where the environment names the server",
  ignore: shim === null,
  fn: async () => assert.equal(await runOnNfs(NAMED, "none"), "no lock was taken\n"),
});
