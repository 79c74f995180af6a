import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  currentServer,
  provideServer,
  temporalDirectory,
} from "../../runtime/services/services.ts";
import { MissingToolError } from "../../core/errors.ts";
import { findFreePort } from "../../infra/temporal/ports.ts";
import { bootTime } from "../../infra/temporal/process.ts";
import { ensureServer, findServer, stopServer } from "../../infra/temporal/server.ts";

/** Lends a data root, and ends the server that was started on it. */
async function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-server-" });
  try {
    await use(root);
  } finally {
    await stopServer(temporalDirectory(root));
    await Deno.remove(root, { recursive: true });
  }
}

function refuse(): Promise<string> {
  return Promise.reject(new Error("no server was to be started"));
}

async function portOf(root: string): Promise<number> {
  return JSON.parse(await Deno.readTextFile(join(root, "temporal", "server.json"))).port;
}

async function deadPid(): Promise<number> {
  const { pid, status } = new Deno.Command("true").spawn();
  await status;
  return pid;
}

/** What an earlier server of a process would have left. */
async function leaveState(root: string, pid: number, port: number): Promise<void> {
  await Deno.mkdir(temporalDirectory(root), { recursive: true });
  const state = { pid, boot: bootTime(), port, uiPort: port + 1000 };
  await Deno.writeTextFile(join(temporalDirectory(root), "server.json"), JSON.stringify(state));
}

Deno.test("ensureServer() finds the server that runs on the directory", () =>
  withRoot(async (root) => {
    const both = await Promise.all([provideServer(root), provideServer(root)]);
    assert.deepEqual(both.map(({ started }) => started).sort(), [false, true]);
    const { server } = both[0];
    assert.deepEqual(both[1].server, server);
    const again = await ensureServer(temporalDirectory(root), { executable: refuse });
    assert.deepEqual(again, { server, started: false });
    assert.deepEqual(await findServer(temporalDirectory(root)), server);

    assert.equal(await stopServer(temporalDirectory(root)), true);
    assert.equal(await stopServer(temporalDirectory(root)), false);
    assert.equal(await findServer(temporalDirectory(root)), null);
  }));

Deno.test("ensureServer() starts where the process of the last server is dead or another's", async (t) => {
  for (const [name, stale] of [["dead", await deadPid()], ["another's", Deno.pid]] as const) {
    await t.step(name, () =>
      withRoot(async (root) => {
        const port = await findFreePort(17_233);
        await leaveState(root, stale, port);
        assert.equal(await findServer(temporalDirectory(root)), null);
        assert.equal(await stopServer(temporalDirectory(root)), false);
        const { server, started } = await provideServer(root);
        assert.equal(started, true);
        assert.equal(server.address, `127.0.0.1:${port}`); // schedules and links stay valid
      }));
  }
});

Deno.test("findServer() takes no other directory's server for its own, and its own where it is moved to", () =>
  withRoot((root) =>
    withRoot(async (copy) => {
      const { server } = await provideServer(root);
      await Deno.mkdir(temporalDirectory(copy));
      // As a copy of the data directory has it, and as chance would: this pid and port are another's.
      for (const name of ["server.json", "temporal.db"]) {
        await Deno.copyFile(
          join(temporalDirectory(root), name),
          join(temporalDirectory(copy), name),
        );
      }
      assert.equal(await findServer(temporalDirectory(copy)), null);
      assert.equal(await stopServer(temporalDirectory(copy)), false);
      const moved = join(copy, "moved");
      await Deno.rename(temporalDirectory(root), moved);
      assert.deepEqual(await findServer(moved), server);
      await Deno.rename(moved, temporalDirectory(root));
    })
  ));

Deno.test("ensureServer() takes the next free port where its own is taken", () =>
  withRoot(async (root) => {
    const port = await findFreePort(17_233);
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    await leaveState(root, await deadPid(), port);
    await provideServer(root);
    assert.ok(await portOf(root) > port);
  }));

Deno.test("findFreePort() skips ports that something listens on", async () => {
  const first = await findFreePort(27_233);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, "127.0.0.1", resolve));
  assert.ok(await findFreePort(first) > first);
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("currentServer() says how to start one where none runs", () =>
  withRoot(async (root) => {
    await assert.rejects(currentServer(root), (error) => {
      assert.ok(error instanceof MissingToolError);
      assert.match(error.message, /found neither: start one with "deno task up"/);
      return true;
    });
  }));

Deno.test("ensureServer() listens where it is asked to, and keeps to it", () =>
  withRoot(async (root) => {
    const { server } = await provideServer(root, { host: "0.0.0.0" });
    assert.match(server.address, /^127\.0\.0\.1:/); // where this machine reaches it
    assert.equal((await provideServer(root)).started, false);
    await assert.rejects(provideServer(root, { host: "127.0.0.1" }), {
      name: "InvalidInputError",
      message: /found one that listens on 0\.0\.0\.0: stop it by "deno task down" first/,
    });
  }));
